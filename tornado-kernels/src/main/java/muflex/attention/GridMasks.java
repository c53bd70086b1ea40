package muflex.attention;

/** Masks on positions of a grid of depth × height × width; an image has depth 1. */
final class GridMasks {

    private GridMasks() {}

    /** Half of an odd kernel that fits into {@code size}. */
    static int half(String name, int kernel, int size) {
        if (kernel < 1 || kernel % 2 == 0 || kernel > size) {
            throw new IllegalArgumentException(name + ": expected an odd size from 1 to " + size + ", got " + kernel
                    + "; a window has one centre and fits into the grid");
        }
        return kernel / 2;
    }

    /** See {@link MaskMods#natten3d}. */
    static MaskMod natten(int depth, int height, int width, int kernelDepth, int kernelHeight, int kernelWidth) {
        int before = half("kernelDepth", kernelDepth, depth);
        int up = half("kernelHeight", kernelHeight, height);
        int left = half("kernelWidth", kernelWidth, width);
        int lastPlane = depth - 1 - before;
        int lastRow = height - 1 - up;
        int lastColumn = width - 1 - left;
        if (depth == 1) {
            return (b, h, q, kv) -> {
                int row = Math.min(Math.max(q / width, up), lastRow);
                int column = Math.min(Math.max(q % width, left), lastColumn);
                return Math.abs(row - kv / width) <= up && Math.abs(column - kv % width) <= left;
            };
        }
        int area = height * width;
        return (b, h, q, kv) -> {
            int plane = Math.min(Math.max(q / area, before), lastPlane);
            int row = Math.min(Math.max(q % area / width, up), lastRow);
            int column = Math.min(Math.max(q % width, left), lastColumn);
            return Math.abs(plane - kv / area) <= before
                    && Math.abs(row - kv % area / width) <= up
                    && Math.abs(column - kv % width) <= left;
        };
    }

    /** See {@link MaskMods#inTiles3d}. */
    static MaskMod inTiles(
            MaskMod mask, int depth, int height, int width, int tileDepth, int tileHeight, int tileWidth) {
        divides("tileDepth", tileDepth, depth);
        divides("tileHeight", tileHeight, height);
        divides("tileWidth", tileWidth, width);
        return (b, h, q, kv) -> mask.test(
                b,
                h,
                rowMajor(q, height, width, tileDepth, tileHeight, tileWidth),
                rowMajor(kv, height, width, tileDepth, tileHeight, tileWidth));
    }

    /** The place in row-major order of position {@code p} in the order of tiles. */
    private static int rowMajor(int p, int height, int width, int tileDepth, int tileHeight, int tileWidth) {
        int volume = tileDepth * tileHeight * tileWidth;
        int across = width / tileWidth;
        int down = height / tileHeight;
        int tile = p / volume;
        int inside = p % volume;
        int plane = tile / (across * down) * tileDepth + inside / (tileHeight * tileWidth);
        int row = tile / across % down * tileHeight + inside / tileWidth % tileHeight;
        int column = tile % across * tileWidth + inside % tileWidth;
        return (plane * height + row) * width + column;
    }

    /** See {@link MaskMods#slidingTile3d}: neighbourhood attention of whole tiles. */
    static MaskMod slidingTile(
            int depth,
            int height,
            int width,
            int windowDepth,
            int windowHeight,
            int windowWidth,
            int tileDepth,
            int tileHeight,
            int tileWidth) {
        divides("tileDepth", tileDepth, depth);
        divides("tileHeight", tileHeight, height);
        divides("tileWidth", tileWidth, width);
        divides("tileDepth", tileDepth, windowDepth);
        divides("tileHeight", tileHeight, windowHeight);
        divides("tileWidth", tileWidth, windowWidth);
        MaskMod tiles = natten(
                depth / tileDepth,
                height / tileHeight,
                width / tileWidth,
                windowDepth / tileDepth,
                windowHeight / tileHeight,
                windowWidth / tileWidth);
        int volume = tileDepth * tileHeight * tileWidth;
        return (b, h, q, kv) -> tiles.test(b, h, q / volume, kv / volume);
    }

    private static void divides(String name, int tile, int size) {
        if (tile < 1 || size % tile != 0) {
            throw new IllegalArgumentException(
                    name + ": expected a divisor of " + size + ", got " + tile + "; pad the grid or take another tile");
        }
    }
}
