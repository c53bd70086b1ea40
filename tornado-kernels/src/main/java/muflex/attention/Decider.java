package muflex.attention;

/** What can be said of a rectangle of a mask's elements without evaluating them. For one thread. */
interface Decider {

    /** Says nothing. */
    Decider NONE = new Decider() {
        @Override
        public byte decide(int b, int h, int firstQuery, int lastQuery, int firstKv, int lastKv) {
            return Classifier.PARTIAL;
        }

        @Override
        public Decider fork() {
            return this;
        }
    };

    /** {@code FULL} or {@code EMPTY} if that is certain of all elements (bounds inclusive), else {@code PARTIAL}. */
    byte decide(int b, int h, int firstQuery, int lastQuery, int firstKv, int lastKv);

    /** The same for another thread. */
    Decider fork();
}
