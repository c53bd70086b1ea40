package muflex.experiments.mup;

import java.util.Locale;
import muflex.model.parameterization.Role;

/**
 * Something a coordinate check measures, averaged over the layers.
 *
 * @param measure what
 * @param role of the matrix that it is measured on; the query stands for the attention logit
 */
record Quantity(Measure measure, Role role) implements Comparable<Quantity> {

    /** What is measured on a matrix W with input x and multiplier A. */
    enum Measure {
        /** Mean of |A·W·x|: a coordinate of the output. */
        OUTPUT("|Wx|"),
        /** Mean of |A·ΔW·x|, where ΔW is W's change since the start: how much of the output training made. */
        CHANGE("|dWx|"),
        /** Mean of |scale·q·k| over the keys that a query sees. */
        ATTENTION_LOGIT("|logit|"),
        /** Mean of |∂loss/∂W|. */
        GRADIENT("|grad|"),
        /** Mean of |∂loss/∂W| over Adam's ε of the tensor. */
        GRADIENT_OVER_EPS("|grad|/eps"),
        /** Spectral norm of W. */
        SPECTRAL_NORM("norm");

        private final String label;

        Measure(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /** As tables name it: {@code query |Wx|}. */
    @Override
    public String toString() {
        return measure == Measure.ATTENTION_LOGIT
                ? "attention " + measure.label()
                : role.label().toLowerCase(Locale.ROOT) + " " + measure.label();
    }

    /** Reads what {@link #toString} writes. */
    static Quantity parse(String text) {
        for (Measure measure : Measure.values()) {
            for (Role role : Role.values()) {
                Quantity quantity = new Quantity(measure, role);
                if (quantity.toString().equals(text) && !(measure == Measure.ATTENTION_LOGIT && role != Role.QUERY)) {
                    return quantity;
                }
            }
        }
        throw new IllegalArgumentException(
                "quantity: expected a role and a measure, such as 'query |Wx|', got '" + text + "'; correct the row");
    }

    @Override
    public int compareTo(Quantity other) {
        int byMeasure = measure.compareTo(other.measure);
        return byMeasure != 0 ? byMeasure : role.compareTo(other.role);
    }
}
