package muflex.experiments;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.compare.Variant;
import muflex.experiments.report.Units;
import muflex.experiments.speed.TuneCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex kernels}. */
@Command(
        name = "kernels",
        description = "Builds kernels ahead of time; measures which form of them suits a device.",
        mixinStandardHelpOptions = true,
        subcommands = {KernelsCommand.Build.class, TuneCommand.class},
        footer = {
            "",
            "Example:",
            "  muflex kernels build --device opencl:0:0 --head-dims 64,128",
            "  muflex kernels tune --device opencl:0:0"
        })
final class KernelsCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** {@code muflex kernels build}. */
    @Command(
            name = "build",
            description = {
                "Compiles attention, forward and backward, for a device and keeps the driver's binaries in the cache, so",
                "that the first use is fast. Kernels fit any length. A model's other kernels are compiled when it is."
            },
            mixinStandardHelpOptions = true,
            showDefaultValues = true,
            footer = {
                "",
                "Example:",
                "  muflex kernels build --device opencl:0:0 --variants causal,alibi --head-dims 64,128"
            })
    static final class Build implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call()
        private CommandSpec spec;

        @Mixin
        KernelOptions kernels = new KernelOptions();

        @Option(names = "--device", required = true, paramLabel = "ID", description = "As `muflex devices` lists it.")
        private String device = "";

        @Mixin
        VariantOptions variants = new VariantOptions();

        @Option(
                names = "--head-dims",
                split = ",",
                paramLabel = "D",
                defaultValue = "64",
                description = "Head dims, for which kernels are compiled each.")
        private List<Integer> headDims = List.of();

        @Override
        public Integer call() {
            Device target = BadInput.check(() -> Devices.byId(device));
            if (target.canInterpret()) {
                throw BadInput.of(
                        "--device",
                        "one with a compiler of its own, such as opencl:0:0 or cuda:0",
                        target.id(),
                        "it runs in this JVM, which keeps nothing");
            }
            PrintWriter to = spec.commandLine().getOut();
            List<Variant> chosen = variants.chosen(spec.commandLine().getErr());
            for (int headDim : headDims) {
                AttentionShape shape = BadInput.check(() -> AttentionShape.of(1, 4, 64, headDim));
                for (Variant variant : chosen) {
                    long start = System.nanoTime();
                    build(target, variant.at(shape, 1));
                    to.println(variant.name() + ", head dim " + headDim + ": "
                            + Units.duration((System.nanoTime() - start) / 1e9));
                    to.flush();
                }
            }
            return 0;
        }

        private static void build(Device target, AttentionSpec spec) {
            AttentionShape shape = spec.shape();
            float[] q = new float[shape.querySize()];
            float[] k = new float[shape.keySize()];
            float[] v = new float[shape.valueSize()];
            float[] out = new float[shape.outSize()];
            float[] lse = new float[shape.lseSize()];
            float[][] learned = spec.learnable().stream()
                    .map(array -> new float[array.length])
                    .toArray(float[][]::new);
            try (AttentionOp op = target.compile(spec)) {
                op.forward(q, k, v, out, lse);
                op.backward(q, k, v, out, lse, out.clone(), null, q.clone(), k.clone(), v.clone(), learned);
            }
        }
    }
}
