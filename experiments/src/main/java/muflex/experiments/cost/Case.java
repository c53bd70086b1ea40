package muflex.experiments.cost;

import java.util.List;

/**
 * What is timed in turns.
 *
 * @param kind which part of the table it belongs to
 * @param entries the first is what the others' rates are over
 * @param close when it is over
 */
public record Case(String kind, String name, List<Entry> entries, Runnable close) {

    public Case {
        entries = List.copyOf(entries);
    }
}
