package muflex.engine.offload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import muflex.engine.lowering.Machine.Family;

/**
 * The form of kernels: what a device's properties decide, or a measurement ({@link Tuned}).
 *
 * @param family which kernels
 * @param lanes floats in a vector: 4, 8 or 16
 * @param group work items in a work group of a parallel loop
 */
public record Form(Family family, int lanes, int group) {
    /** Two warps of NVIDIA's, one of AMD's. */
    private static final int GPU_GROUP = 64;

    private static final List<Integer> LANES = List.of(4, 8, 16);
    private static final List<Integer> GPU_GROUPS = List.of(32, 64, 128, 256);

    public Form {
        if (!LANES.contains(lanes)) {
            throw new IllegalArgumentException("lanes: expected one of " + LANES + ", got " + lanes);
        }
        if (group < 1) {
            throw new IllegalArgumentException("group: expected 1 or more, got " + group);
        }
    }

    /** By a device's properties: its own vectors, and four floats on GPUs, which have none. */
    static Form of(Limits limits, boolean compilesJava) {
        if (limits.type() == Limits.Type.GPU) {
            return new Form(Family.GROUPS, 4, GPU_GROUP);
        }
        int lanes = limits.vector() >= 16 ? 16 : limits.vector() >= 8 ? 8 : 4;
        return new Form(compilesJava ? Family.STRIPS : Family.TILES, lanes, 1);
    }

    /** All that a device may be tried with, the one by its properties first. */
    static List<Form> candidates(Limits limits, boolean compilesJava) {
        List<Form> forms = new ArrayList<>(List.of(of(limits, compilesJava)));
        if (limits.type() == Limits.Type.GPU) {
            for (int group : GPU_GROUPS) {
                forms.add(new Form(Family.GROUPS, 4, group));
                forms.add(new Form(Family.TILES, 4, group));
            }
            forms.removeIf(form -> form.group > limits.group());
        } else {
            for (int lanes : LANES) {
                forms.add(new Form(Family.TILES, lanes, 1));
                forms.add(new Form(Family.STRIPS, lanes, 1));
            }
        }
        return forms.stream().distinct().toList();
    }

    /** As {@link #toString} writes it. */
    static Form parse(String text) {
        String[] parts = text.split("-");
        if (parts.length != 3) {
            throw new IllegalArgumentException("form: expected family-lanes-group, got " + text);
        }
        Family family = Arrays.stream(Family.values())
                .filter(f -> f.name().toLowerCase(Locale.ROOT).equals(parts[0]))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "form: expected a family of tiles, strips or groups, got " + parts[0]));
        return new Form(family, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    /** {@code tiles-16-1}: family, lanes, work items in a group. */
    @Override
    public String toString() {
        return family.name().toLowerCase(Locale.ROOT) + "-" + lanes + "-" + group;
    }
}
