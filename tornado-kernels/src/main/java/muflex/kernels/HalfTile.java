package muflex.kernels;

/**
 * What group kernels on tensor cores are made of: tiles in local memory, rows of pairs as of {@link Mma}, and products of a
 * warp's rows with a tile of {@value #TILE} rows. What the next step multiplies is loaded before this one's products, which
 * would wait for it. Kernels have {@value #ITEMS} work items in a group, four warps.
 */
final class HalfTile {
    static final int ITEMS = 128;
    static final int TILE = AttentionSizes.TILE;

    /** Rows, columns or depth of a fragment, and pairs in a row of it. */
    static final int FRAGMENT = 16;

    static final int PAIRS = FRAGMENT / 2;

    /** Pairs that a copy moves; also what keeps the rows of a tile in different banks. */
    private static final int QUAD = 4;

    /** Elements that an item holds of a warp's 16 rows of 64: of 8 neighbouring matrices C. */
    static final int SCORES = FRAGMENT * TILE / Mma.WARP;

    /** Pairs that an item rounds at a time, so that their reads wait together. */
    private static final int BATCH = 32;

    private HalfTile() {}

    /** Pairs in a row of a matrix of this dim: whole fragments, the rest zeros. */
    static int pairs(int dim) {
        return (dim + FRAGMENT - 1) / FRAGMENT * PAIRS;
    }

    /** Pairs from row to row of a tile. */
    static int stride(int dim) {
        return pairs(dim) + QUAD;
    }

    /** The first row of this item's warp, which has {@code fragments} fragments. */
    static int warpRow(int fragments) {
        return WorkGroup.localId() / Mma.WARP * fragments * FRAGMENT;
    }

    /** The first row of this item. */
    static int row(int fragments) {
        return warpRow(fragments) + WorkGroup.localId() % Mma.WARP / 4;
    }

    /** The row, from {@link #row}, of element i of an item's {@link #SCORES} of each fragment. */
    static int rowOf(int i) {
        return i / SCORES * FRAGMENT + i / 2 % 2 * 8;
    }

    /** The first column of this item. */
    static int column() {
        return WorkGroup.localId() % 4 * 2;
    }

    /** The column, from {@link #column}, of that element. */
    static int columnOf(int i) {
        return i % SCORES / 4 * 8 + i % 2;
    }

    static void scale(float[] s, int fragments, float factor) {
        for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
            s[i] *= factor;
        }
    }

    /**
     * The score mod, and the mask where it must be asked; −∞ where there is no such pair. Whole tiles, that ask the mask or not, have
     * loops of their own, without branches.
     *
     * @param keysDown whether rows are keys
     */
    static void modify(float[] s, int fragments, boolean keysDown, int[] place, Object[] captures) {
        int lane = Mma.lane();
        int row = warpRow(fragments) + lane / 4;
        int column = lane % 4 * 2;
        boolean whole = place[GroupPlace.QUERIES] == fragments * TILE && place[GroupPlace.KEYS] == TILE;
        if (whole && place[GroupPlace.MASKED] == 0) {
            for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                GroupPairs.modifyUnmasked(s, i, place, query, key, captures);
            }
        } else if (whole) {
            for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                GroupPairs.modifyMasked(s, i, place, query, key, captures);
            }
        } else {
            for (int i = 0; i < WorkGroup.unrolled(fragments * SCORES); i++) {
                int query = keysDown ? column + columnOf(i) : row + rowOf(i);
                int key = keysDown ? row + rowOf(i) : column + columnOf(i);
                if (GroupPairs.exists(place, query, key)) {
                    GroupPairs.modify(s, i, place, query, key, captures);
                } else {
                    s[i] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    /** Starts the copy of a tile to {@code tile[at]}: {@code rows} rows of a matrix of pairs from row {@code first} on, then zeros. */
    static void copy(float[] from, int first, int rows, int dim, float[] tile, int at) {
        int quads = pairs(dim) / QUAD;
        for (int i = 0; i < TILE * quads / ITEMS; i++) {
            int quad = i * ITEMS + WorkGroup.localId();
            int row = quad / quads;
            int column = quad % quads * QUAD;
            Mma.copy(from, (first + row) * pairs(dim) + column, tile, at + row * stride(dim) + column, row < rows);
        }
    }

    /** Rounds {@code rows} rows of a matrix of floats into a tile of {@code length}, then zeros. */
    static void round(float[] from, int first, int rows, int dim, float[] tile, int length, boolean bfloat) {
        int width = pairs(dim);
        int count = length * width / ITEMS;
        int batch = Math.min(BATCH, count);
        float[] both = new float[2 * BATCH];
        for (int i = 0; i < count; i += batch) {
            for (int j = 0; j < batch; j++) {
                int at = (i + j) * ITEMS + WorkGroup.localId();
                readPair(from, first, rows, dim, at / width, at % width * 2, both, 2 * j);
            }
            for (int j = 0; j < batch; j++) {
                int at = (i + j) * ITEMS + WorkGroup.localId();
                tile[at / width * stride(dim) + at % width] = Mma.pack(both[2 * j], both[2 * j + 1], bfloat);
            }
        }
    }

    /** Numbers {@code column}, which is even, and the next of a row from row {@code first} on; zeros past {@code rows} and past dim. */
    static void readPair(float[] from, int first, int rows, int dim, int row, int column, float[] both, int to) {
        int at = (first + row) * dim + column;
        if (dim % 2 == 0 && row < rows && column < dim) {
            Mma.read(from, at, both, to);
        } else {
            both[to] = row < rows && column < dim ? from[at] : 0f;
            both[to + 1] = row < rows && column + 1 < dim ? from[at + 1] : 0f;
        }
    }

    /**
     * {@code s = A · Bᵀ} over {@code dim} columns: A are the warp's rows of {@code left}, 16 · fragments, B the 64 rows from
     * {@code right[at]}. Fragment m is {@code s[m · SCORES] …}.
     */
    static void multiply(float[] left, int fragments, float[] right, int at, int dim, float[] s, boolean bfloat) {
        GroupTile.clear(s, fragments * SCORES);
        addProduct(left, warpRow(fragments) * stride(dim), fragments, right, at, dim, s, bfloat);
    }

    /** {@code s += A · Bᵀ} as in {@link #multiply}, A the rows from {@code left[leftAt]}. */
    static void addProduct(
            float[] left, int leftAt, int fragments, float[] right, int at, int dim, float[] s, boolean bfloat) {
        int across = TILE / FRAGMENT;
        int steps = pairs(dim) / PAIRS * across;
        float[] a = new float[2 * 4 * fragments];
        float[] b = new float[2 * 4];
        loadRows(left, leftAt, fragments, 0, dim, a);
        Mma.loadColumns(right, at, stride(dim), b, 0);
        for (int step = 0; step < WorkGroup.unrolled(steps); step++) {
            int next = step + 1;
            if (next < steps) {
                if (next % across == 0) {
                    loadRows(left, leftAt, fragments, next / across, dim, a);
                }
                int from = at + next % across * FRAGMENT * stride(dim) + next / across * PAIRS;
                Mma.loadColumns(right, from, stride(dim), b, next % 2 * 4);
            }
            for (int m = 0; m < fragments; m++) {
                int to = m * SCORES + step % across * 8;
                int rows = (step / across % 2 * fragments + m) * 4;
                Mma.multiply(a, rows, b, step % 2 * 4, s, to, bfloat);
                Mma.multiply(a, rows, b, step % 2 * 4 + 2, s, to + 4, bfloat);
            }
        }
    }

    /** The warp's fragments A of columns {@code 16 · i …}, into the half of {@code a} that is i's. */
    private static void loadRows(float[] left, int leftAt, int fragments, int i, int dim, float[] a) {
        int first = leftAt + i * PAIRS;
        for (int m = 0; m < fragments; m++) {
            Mma.loadA(left, first + m * FRAGMENT * stride(dim), stride(dim), a, (i % 2 * fragments + m) * 4);
        }
    }

    /**
     * {@code sum += S · B} over the 64 columns of S, elements as {@link #multiply} left them, rounded, and the 64 rows from
     * {@code tile[at]}. Fragment m is {@code sum[m · pairs(dim)] …}.
     */
    static void accumulate(float[] s, int fragments, float[] tile, int at, int dim, float[] sum, boolean bfloat) {
        int across = pairs(dim) / PAIRS;
        int steps = TILE / FRAGMENT * across;
        float[] a = new float[4 * fragments];
        float[] b = new float[2 * 4];
        Mma.loadRows(tile, at, stride(dim), b, 0);
        for (int step = 0; step < WorkGroup.unrolled(steps); step++) {
            int next = step + 1;
            if (next < steps) {
                int from = at + next / across * FRAGMENT * stride(dim) + next % across * PAIRS;
                Mma.loadRows(tile, from, stride(dim), b, next % 2 * 4);
            }
            if (step % across == 0) {
                round(s, fragments, step / across * 8, a, bfloat);
            }
            for (int m = 0; m < fragments; m++) {
                int to = m * pairs(dim) + step % across * 8;
                Mma.multiply(a, m * 4, b, step % 2 * 4, sum, to, bfloat);
                Mma.multiply(a, m * 4, b, step % 2 * 4 + 2, sum, to + 4, bfloat);
            }
        }
    }

    /** The fragments A that begin at element {@code first} of those of C. */
    private static void round(float[] s, int fragments, int first, float[] a, boolean bfloat) {
        for (int m = 0; m < fragments; m++) {
            for (int j = 0; j < 4; j++) {
                int from = m * SCORES + first + 2 * j;
                a[m * 4 + j] = Mma.pack(s[from], s[from + 1], bfloat);
            }
        }
    }

    /** Writes rows {@code row} and {@code row + 8} of an item's fragment of sums, from {@code sum[start]}, times {@code factor}. */
    static void write(float[] sum, int start, int dim, float factor, float[] to, int first, int row, int rows) {
        for (int i = 0; i < pairs(dim); i += 2) {
            int at = row + i / 2 % 2 * 8;
            if (at < rows) {
                writePair(sum, start + i, factor, to, first + at, column() + i / 4 * 8, dim);
            }
        }
    }

    /** Two of an item's neighbouring sums, times {@code factor}, to a row's column {@code column}, which is even, and the next. */
    static void writePair(float[] sum, int i, float factor, float[] to, int row, int column, int dim) {
        int at = row * dim + column;
        if (dim % 2 == 0 && column < dim) {
            Mma.write(sum[i] * factor, sum[i + 1] * factor, to, at);
        } else if (column < dim) {
            to[at] = sum[i] * factor;
            if (column + 1 < dim) {
                to[at + 1] = sum[i + 1] * factor;
            }
        }
    }
}
