package muflex.experiments.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.BadInput;

/**
 * A declared experiment: the product of its axes, less what is skipped, and single cases besides.
 *
 * @param command the command that runs a case, such as {@code compare}
 * @param axes each axis' values, the first axis varying slowest
 * @param options the same for every case
 * @param skip cases that have all the values of one of these are left out
 * @param cases further cases; what one does not name is not set
 */
public record Experiment(
        String command,
        Map<String, List<String>> axes,
        Map<String, String> options,
        List<Map<String, String>> skip,
        List<Map<String, String>> cases) {

    /** The axes with some of them replaced or added, each written {@code name=value,value}. */
    public Experiment with(Map<String, List<String>> changes) {
        Map<String, List<String>> changed = new LinkedHashMap<>(axes);
        Map<String, String> rest = new LinkedHashMap<>(options);
        changes.forEach((name, values) -> {
            changed.put(name, values);
            rest.remove(name);
        });
        return new Experiment(command, changed, rest, skip, cases);
    }

    /** Every case's values by axis, in order. */
    List<Map<String, String>> product() {
        skip.forEach(part -> part.keySet().stream()
                .filter(name -> !axes.containsKey(name))
                .forEach(name -> {
                    throw BadInput.of(
                            "skip", "one of the axes " + String.join(", ", axes.keySet()), name, "mend its name");
                }));
        List<Map<String, String>> product = new ArrayList<>();
        if (!axes.isEmpty()) {
            product.add(Map.of());
        }
        for (Map.Entry<String, List<String>> axis : axes.entrySet()) {
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> start : product) {
                for (String value : AxisValues.expand(axis.getKey(), axis.getValue())) {
                    Map<String, String> one = new LinkedHashMap<>(start);
                    one.put(axis.getKey(), value);
                    longer.add(one);
                }
            }
            product = longer;
        }
        product.removeIf(one -> skip.stream().anyMatch(part -> one.entrySet().containsAll(part.entrySet())));
        product.addAll(cases);
        return product;
    }
}
