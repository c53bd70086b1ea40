package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.compare.UserMods;
import muflex.experiments.report.TextTable;
import muflex.experiments.show.Catalogue;
import muflex.experiments.show.Cost;
import muflex.experiments.show.HeatMap;
import muflex.experiments.show.Shown;
import muflex.expr.Lifter;
import muflex.expr.Printer;
import muflex.model.checkpoint.AtomicFiles;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex show}. */
@Command(
        name = "show",
        description = {
            "Shows a mask or a score mod: its formula, what was lifted from it, its blocks, and a heat map (SVG).",
            "Without a name it lists the ready-made ones, and with --device what each of them costs there."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex show                              # the names",
            "  muflex show natten-2d --length 4096",
            "  muflex show alibi --device cpu           # and what it costs",
            "  muflex show --device cpu                 # what each of them costs",
            "  muflex show tilted --mods MyMods.java    # one of your own"
        })
final class ShowCommand implements Callable<Integer> {

    private static final int LONGEST = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "One of ${COMPLETION-CANDIDATES}, or a field of --mods.")
    private @Nullable String name;

    @Option(names = "--length", paramLabel = "N", defaultValue = "1024", description = "Queries, and keys.")
    private int length;

    @Option(names = "--block", paramLabel = "N", defaultValue = "64", description = "Side of a mask's blocks.")
    private int block;

    @Option(names = "--heads", paramLabel = "N", defaultValue = "8", description = "Query heads.")
    private int heads;

    @Option(names = "--head", paramLabel = "H", defaultValue = "0", description = "The head that is shown.")
    private int head;

    @Option(
            names = "--score",
            paramLabel = "S",
            defaultValue = "1",
            description = "The score that a score mod is shown for.")
    private float score;

    @Option(
            names = "--mods",
            paramLabel = "FILE",
            description = "A Java file with public static ScoreMod or MaskMod fields.")
    private @Nullable Path mods;

    @Option(
            names = "--device",
            paramLabel = "ID",
            description =
                    "Also time it there, forward and backward, beside attention without it; see `muflex devices`.")
    private @Nullable String device;

    @Option(names = "--out", paramLabel = "FILE", description = "The heat map (default: runs/show-NAME.svg).")
    private @Nullable Path file;

    /** For the help. */
    static final class Names implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return Catalogue.all(64, 1).stream().map(Shown::name).iterator();
        }
    }

    @Override
    public Integer call() {
        range("--length", 1, LONGEST, length);
        range("--block", 1, LONGEST, block);
        range("--heads", 1, 1024, heads);
        range("--head", 0, heads - 1, head);
        if (!Float.isFinite(score)) {
            throw BadInput.of("--score", "a finite number", score, "give one that a score may be");
        }
        List<Shown> known = known();
        String wanted = name;
        if (wanted == null) {
            Device target = target();
            if (target == null) {
                list(known);
            } else {
                costs(known, target);
            }
            return 0;
        }
        Shown shown = known.stream()
                .filter(one -> one.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> BadInput.of(
                        "NAME",
                        "one of " + known.stream().map(Shown::name).collect(Collectors.joining(", ")),
                        wanted,
                        "`muflex show` lists them"));
        show(shown);
        return 0;
    }

    private static void range(String option, int least, int most, int value) {
        if (value < least || value > most) {
            throw BadInput.of(option, least + " to " + most, value, "give a number in that range");
        }
    }

    private List<Shown> known() {
        Path own = mods;
        if (own == null) {
            return Catalogue.all(length, heads);
        }
        return BadInput.check(() -> UserMods.read(own)).stream()
                .map(mod -> new Shown(mod.name(), mod.code(), "", own.toString(), length, mod.mask(), mod.score()))
                .toList();
    }

    private void list(List<Shown> known) {
        TextTable table =
                new TextTable().left("name").left("kind").left("formula").left("source");
        for (Shown one : known) {
            table.row(one.name(), one.mask() == null ? "score" : "mask", one.formula(), one.source());
        }
        out().println(table.toString().stripTrailing());
        out().flush();
    }

    private @Nullable Device target() {
        String id = device;
        return id == null ? null : BadInput.check(() -> Devices.byId(id));
    }

    private void costs(List<Shown> known, Device target) {
        TextTable table = Cost.columns(new TextTable().left("name").left("kind").right("length"));
        Progress progress = Progress.onStandardError();
        for (int i = 0; i < known.size(); i++) {
            Shown one = known.get(i);
            progress.show((double) i / known.size(), one.name());
            List<String> cells = new ArrayList<>(
                    List.of(one.name(), one.mask() == null ? "score" : "mask", String.valueOf(one.length())));
            cells.addAll(Cost.of(one, target, heads).cells());
            table.row(cells.toArray(String[]::new));
        }
        progress.clear();
        out().println(table.toString().stripTrailing());
        out().flush();
    }

    private void show(Shown shown) {
        PrintWriter out = out();
        out.println(shown.name() + ": " + shown.code());
        if (!shown.formula().isEmpty()) {
            out.println(shown.formula() + "; " + shown.source());
        }
        if (shown.length() != length) {
            out.println("length " + shown.length() + ", the most of " + length + " that " + shown.name() + " fills");
        }
        MaskMod mask = shown.mask();
        Device target = target();
        out.println("lifted:");
        String lifted = BadInput.check(() -> Printer.print(Lifter.lift(shown.function())));
        lifted.lines().forEach(line -> out.println("  " + line));
        HeatMap map;
        if (mask != null) {
            BlockMask blocks =
                    BadInput.check(() -> BlockMask.create(mask, 1, heads, shown.length(), shown.length(), block, block)
                            .slice(0, 1, head, head + 1, 0, Math.ceilDiv(shown.length(), block)));
            out.println(blocks.toString().stripTrailing());
            out.println(blocks.fullBlocks(0, 0) + " full and " + blocks.partialBlocks(0, 0) + " partial blocks of "
                    + blocks.queryBlocks() * blocks.kvBlocks());
            map = HeatMap.of(shown.code(), mask, head, shown.length(), shown.length());
        } else {
            ScoreMod mod = shown.scoreMod();
            map = BadInput.check(() -> heat(shown, mod));
            out.printf(
                    Locale.ROOT,
                    "a score of %s becomes %.4g to %.4g in head %d%n",
                    score,
                    map.least(),
                    map.most(),
                    head);
        }
        Path to = file == null ? Path.of("runs", "show-" + shown.name() + ".svg") : file;
        write(to, map.svg());
        out.println("heat map: " + to);
        if (target != null) {
            out.println(Cost.of(shown, target, heads).text(target));
        }
        out.flush();
    }

    private static void write(Path to, String svg) {
        try {
            AtomicFiles.write(to, channel -> channel.write(ByteBuffer.wrap(svg.getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw BadInput.of("--out", "a file that can be written", to + " (" + e + ")", "name one elsewhere");
        }
    }

    private HeatMap heat(Shown shown, ScoreMod mod) {
        try {
            return HeatMap.of(shown.code(), mod, score, head, shown.length(), shown.length());
        } catch (ArrayIndexOutOfBoundsException e) {
            throw BadInput.of(
                    "--length",
                    "a length that " + shown.name() + "'s arrays hold",
                    length,
                    "make it shorter, or " + e.getMessage());
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
