package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import muflex.experiments.Golden;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class HtmlReportTest {

    private static final List<VariantNote> NOTES = List.of(new VariantNote(
            "causal", "What came before.", "(b, h, q, kv) -> kv <= q", new double[][] {{0.5, 0}, {1, 0.5}}));

    private final String page = HtmlReport.of(Rows.four(), NOTES);

    /** Style and script are files of their own; their text is not repeated in the golden file. */
    @Test
    void looksAsBefore() throws IOException {
        String skeleton = page.replaceAll("(?s)<style>.*</style>", "<style></style>")
                .replaceAll("(?s)<script>.*</script>", "<script></script>");

        Golden.check("report.html", skeleton);
    }

    @Test
    void loadsNothingFromAnywhere() {
        assertThat(page)
                .doesNotContain("http")
                .doesNotContain("src=")
                .doesNotContain("@import")
                .doesNotContain("url(");
    }

    @Test
    void everyChartIsWellFormedAndSaysItsValues() throws Exception {
        Matcher charts = Pattern.compile("(?s)<svg role=\"img\" aria-labelledby.*?</svg>")
                .matcher(page);
        int count = 0;
        while (charts.find()) {
            Document chart = parse(charts.group());
            assertThat(chart.getElementsByTagName("title").item(0).getTextContent())
                    .isNotBlank();
            assertThat(chart.getElementsByTagName("desc").item(0).getTextContent())
                    .contains("causal");
            count++;
        }

        assertThat(count).as("forward, backward, roofline, copies, errors").isEqualTo(5);
    }

    @Test
    void textIsEscaped() {
        assertThat(page).contains("no &quot;space&quot; &lt;left&gt;").contains("Some CPU &lt;2 GHz&gt;");
        assertThat(page).contains("kv &lt;= q");
    }

    @Test
    void aWrongAnswerShowsItsMessageAndNoTime() {
        assertThat(page)
                .contains("<td class=\"number bad\">failed</td>")
                .contains("<details><summary>stack trace</summary><pre>java.lang.IllegalStateException: no space")
                .contains("<td class=\"bad\">dq: expected a mean error of at most 5.4e-07");
    }

    private static Document parse(String xml) throws ParserConfigurationException, SAXException, IOException {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new java.io.StringReader(xml)));
    }
}
