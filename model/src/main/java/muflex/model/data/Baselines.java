package muflex.model.data;

/**
 * What counting alone achieves, in nats per byte on the same windows as the model.
 *
 * @param unigram knowing nothing before
 * @param bigram knowing one byte
 * @param trigram knowing two bytes
 */
public record Baselines(double unigram, double bigram, double trigram) {

    /** Trains {@link NgramModel}s on the training split and measures them on {@code windows} of the validation split. */
    public static Baselines measure(Corpus corpus, Windows windows) {
        NgramModel trigram = NgramModel.train(3, corpus.train());
        return new Baselines(
                NgramModel.train(1, corpus.train()).natsPerByte(windows),
                NgramModel.train(2, corpus.train()).natsPerByte(windows),
                trigram.natsPerByte(windows));
    }

    public static double bits(double nats) {
        return nats / Math.log(2);
    }
}
