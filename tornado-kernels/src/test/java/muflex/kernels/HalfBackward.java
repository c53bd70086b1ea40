package muflex.kernels;

/** The kernels of {@link GroupBackwardHalf}, or those that take their place. */
record HalfBackward(Keys keys, Queries queries) {

    interface Keys {
        void run(
                float[] q,
                float[] k,
                float[] v,
                float[] dOut,
                float[] shift,
                float[] delta,
                float[] dk,
                float[] dv,
                int[] starts,
                int[] spans,
                int[] sizes,
                float scale,
                boolean modified,
                boolean learned,
                float dropout,
                long seed,
                Object[] captures,
                float[][][] gradients,
                int groups,
                boolean bfloat);
    }

    interface Queries {
        void run(
                float[] q,
                float[] k,
                float[] v,
                float[] dOut,
                float[] shift,
                float[] delta,
                float[] dq,
                int[] starts,
                int[] spans,
                int[] sizes,
                float scale,
                boolean modified,
                float dropout,
                long seed,
                Object[] captures,
                boolean bfloat);
    }
}
