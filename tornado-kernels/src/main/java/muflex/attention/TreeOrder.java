package muflex.attention;

/**
 * A walk through a tree, each node before its children: a node's descendants, itself among them, are the nodes that are entered
 * from {@code enter[node]} on and before {@code exit[node]}. So whether one is above another is two comparisons.
 */
record TreeOrder(int[] enter, int[] exit) {

    /** @param parents see {@link MaskMods#tree} */
    static TreeOrder of(int[] parents) {
        int[] size = new int[parents.length];
        for (int i = parents.length - 1; i >= 0; i--) {
            Check.range("parents[" + i + "]", -1, i - 1, parents[i]);
            size[i]++;
            if (parents[i] >= 0) {
                size[parents[i]] += size[i];
            }
        }
        int[] enter = new int[parents.length];
        int[] exit = new int[parents.length];
        int[] next = new int[parents.length];
        int roots = 0;
        for (int i = 0; i < parents.length; i++) {
            int parent = parents[i];
            enter[i] = parent < 0 ? roots : next[parent];
            exit[i] = enter[i] + size[i];
            next[i] = enter[i] + 1;
            if (parent < 0) {
                roots = exit[i];
            } else {
                next[parent] = exit[i];
            }
        }
        return new TreeOrder(enter, exit);
    }
}
