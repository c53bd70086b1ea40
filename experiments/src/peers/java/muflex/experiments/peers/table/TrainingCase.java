package muflex.experiments.peers.table;

import java.util.List;
import java.util.stream.Stream;
import muflex.engine.Devices;
import muflex.experiments.cost.Case;
import muflex.experiments.cost.Entry;
import muflex.experiments.peers.Torch;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TransformerConfig;
import muflex.model.data.BatchSampler;
import muflex.model.data.Corpus;
import muflex.model.parameterization.Parameterizations;
import muflex.model.training.AdamW;
import muflex.model.training.Schedule;
import muflex.model.training.Trainer;
import muflex.model.training.TrainingConfig;
import org.bytedeco.javacpp.PointerScope;

/** A whole update of a transformer beside the same model in libtorch: eager, fused attention, AdamW, no clipping. */
final class TrainingCase {

    private static final double RATE = 1e-4;
    private static final double BUDGET = 1e-3;
    private static final int STEPS = 1_000_000;
    private static final int BATCH = 8;
    private static final int CHECKED = 3;

    private TrainingCase() {}

    static Stream<Case> all(Corpus corpus) {
        return Stream.of(of(corpus, TransformerConfig.ofBytes(512, 8, 512).withHeads(8, 8, 64)));
    }

    private static Case of(Corpus corpus, TransformerConfig config) {
        Trainer trainer = Trainer.start(
                ModelSpec.of(config, Parameterizations.byName("standard"), config),
                AttentionVariant.CAUSAL,
                new TrainingConfig(AdamW.of(RATE), new Schedule(0, STEPS, 1), BATCH, 0, 1, STEPS, 1, 0),
                corpus,
                Devices.byId("cpu"));
        Torch.useAllCores();
        TorchTransformer peer = new TorchTransformer(
                config, trainer.model().tensors(), trainer.model().parameters(), RATE);
        BatchSampler sampler = new BatchSampler(corpus.train(), BATCH, config.context(), 1);
        int[] tokens = new int[BATCH * config.context()];
        int[] targets = new int[tokens.length];
        double difference = 0;
        for (int step = 0; step < CHECKED; step++) {
            sampler.fill(step, tokens, targets);
            double ours = trainer.trainStep().loss();
            double theirs = step(peer, tokens, targets, config);
            difference = Math.max(difference, Math.abs(ours - theirs));
        }
        if (!(difference <= BUDGET)) {
            throw new IllegalStateException("training step: expected the losses of " + CHECKED + " updates within "
                    + BUDGET + " of each other from the same parameters, got a difference of " + difference);
        }
        String name = "width " + config.width() + ", depth " + config.depth() + ", context " + config.context()
                + ", batch " + BATCH;
        return new Case(
                "training step",
                name,
                List.of(
                        new Entry(
                                "libtorch",
                                name,
                                tokens.length,
                                Entry.TOKEN,
                                null,
                                Torch.turn(() -> step(peer, tokens, targets, config))),
                        new Entry(
                                "cpu", name, tokens.length, Entry.TOKEN, difference, Entry.timed(trainer::trainStep))),
                trainer::close);
    }

    private static double step(TorchTransformer peer, int[] tokens, int[] targets, TransformerConfig config) {
        try (PointerScope _ = new PointerScope()) {
            return peer.step(
                    Torch.tensor(tokens, BATCH, config.context()), Torch.tensor(targets, BATCH, config.context()));
        }
    }
}
