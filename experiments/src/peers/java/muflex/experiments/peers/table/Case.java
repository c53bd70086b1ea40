package muflex.experiments.peers.table;

import java.util.List;

/**
 * What is timed in turns.
 *
 * @param kind which part of the table it belongs to
 * @param entries the first is what the others' rates are over
 * @param close when it is over
 */
record Case(String kind, String name, List<Entry> entries, Runnable close) {}
