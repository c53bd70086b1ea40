package muflex.experiments.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which cases of a plan are done, running, failed or missing. */
public record SweepStatus(Map<CaseFolder.State, List<Integer>> cases) {

    public static SweepStatus of(SweepPlan plan) throws IOException {
        Map<CaseFolder.State, List<Integer>> cases = new EnumMap<>(CaseFolder.State.class);
        for (CaseFolder.State state : CaseFolder.State.values()) {
            cases.put(state, new ArrayList<>());
        }
        for (SweepPlan.Case one : plan.cases()) {
            in(cases, plan.folderOf(one).state()).add(one.index());
        }
        return new SweepStatus(cases);
    }

    public List<Integer> in(CaseFolder.State state) {
        return in(cases, state);
    }

    private static List<Integer> in(Map<CaseFolder.State, List<Integer>> cases, CaseFolder.State state) {
        return cases.getOrDefault(state, List.of());
    }

    /** Cases that a run would run: failed and missing ones, in order. */
    public List<Integer> open() {
        List<Integer> open = new ArrayList<>(in(CaseFolder.State.FAILED));
        open.addAll(in(CaseFolder.State.MISSING));
        open.sort(null);
        return open;
    }

    /** {@code 3 done, 0 running, 1 failed, 2 missing}. */
    public String counts() {
        return in(CaseFolder.State.DONE).size() + " done, "
                + in(CaseFolder.State.RUNNING).size() + " running, "
                + in(CaseFolder.State.FAILED).size() + " failed, "
                + in(CaseFolder.State.MISSING).size() + " missing";
    }

    public boolean isComplete() {
        return open().isEmpty() && in(CaseFolder.State.RUNNING).isEmpty();
    }

    /** Sorted numbers as ranges: {@code 0-5,9,12-13}. */
    public static String ranges(List<Integer> numbers) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < numbers.size()) {
            int j = i;
            while (j + 1 < numbers.size() && numbers.get(j + 1) == numbers.get(j) + 1) {
                j++;
            }
            out.append(out.isEmpty() ? "" : ",").append(numbers.get(i));
            if (j > i) {
                out.append('-').append(numbers.get(j));
            }
            i = j + 1;
        }
        return out.toString();
    }
}
