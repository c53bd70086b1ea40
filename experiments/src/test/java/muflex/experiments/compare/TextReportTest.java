package muflex.experiments.compare;

import java.io.IOException;
import muflex.experiments.Golden;
import muflex.experiments.report.Rows;
import org.junit.jupiter.api.Test;

class TextReportTest {

    @Test
    void looksAsBefore() throws IOException {
        Golden.check("compare.txt", TextReport.of(Rows.four()));
    }

    @Test
    void ratiosLookAsBefore() throws IOException {
        Golden.check("ratios.txt", RatioTable.of(Rows.four()));
    }
}
