package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * The page in a real browser. {@code -Dmuflex.page=FILE} opens that page instead and leaves screenshots beside it, for
 * people to look at.
 */
class BrowserTest {

    @TempDir
    private static Path folder;

    private static Browser browser;
    private static Path page;

    @BeforeAll
    static void open() throws IOException {
        String needs = "needs Debian's chromium and chromium-driver";
        if ("true".equals(System.getenv("CI"))) {
            assertThat(Browser.isInstalled()).as(needs).isTrue();
        }
        assumeTrue(Browser.isInstalled(), needs);
        String given = System.getProperty("muflex.page");
        page = given == null ? folder.resolve("page.html") : Path.of(given).toAbsolutePath();
        if (given == null) {
            RowFile.writeWhole(page, HtmlReport.of(Rows.four(), List.of()));
        }
        browser = new Browser(Files.createDirectory(folder.resolve("profile")));
        browser.size(1280, 900);
        browser.open(page);
    }

    @AfterAll
    static void close() throws IOException {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void loadsWithoutAWordOnTheConsole() throws IOException {
        browser.open(page);

        assertThat(browser.log()).isEmpty();
        assertThat(browser.run("return document.title").stringValue()).startsWith("MuFlex: ");
    }

    @Test
    void chartsAreVisibleAndNamed() throws IOException {
        JsonNode charts = browser.run("""
                return [...document.querySelectorAll('figure svg')].map(svg => ({
                  name: svg.querySelector('title').textContent, text: svg.querySelector('desc').textContent,
                  width: svg.getBoundingClientRect().width, height: svg.getBoundingClientRect().height,
                  marks: [...svg.querySelectorAll('rect, circle')].filter(mark =>
                    mark.getBoundingClientRect().width > 0 && getComputedStyle(mark).fill !== 'rgb(0, 0, 0)').length}))
                """);

        assertThat(charts.size()).isGreaterThanOrEqualTo(3);
        for (JsonNode chart : charts) {
            assertThat(chart.path("name").stringValue()).isNotBlank();
            assertThat(chart.path("text").stringValue()).isNotBlank();
            assertThat(chart.path("width").asDouble()).isGreaterThan(200);
            assertThat(chart.path("height").asDouble()).isGreaterThan(20);
            assertThat(chart.path("marks").asInt())
                    .as(chart.path("name").stringValue())
                    .isPositive();
        }
    }

    @Test
    void aClickSortsNumbersAndASecondTurnsThemAround() throws IOException {
        List<Double> up = sortedBy("GFLOP/s");
        List<Double> down = sortedBy("GFLOP/s");

        assertThat(up).hasSizeGreaterThan(2).isSorted();
        assertThat(down).isEqualTo(up.reversed());
        JsonNode sort = browser.run("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')");
        assertThat(sort.stringValue()).isEqualTo("descending");
    }

    /** Clicks a heading of the first table; its column's numbers from top to bottom. */
    private static List<Double> sortedBy(String heading) throws IOException {
        JsonNode values = browser.run("""
                const table = document.querySelector('table.sortable');
                const head = [...table.tHead.rows[0].cells].find(cell => cell.textContent === '%s');
                head.querySelector('button').click();
                return [...table.tBodies[0].rows].map(row => row.cells[head.cellIndex].dataset.value)
                  .filter(value => value !== undefined).map(Number);
                """.formatted(heading));
        List<Double> numbers = new ArrayList<>();
        values.forEach(value -> numbers.add(value.asDouble()));
        return numbers;
    }

    @ParameterizedTest
    @CsvSource({"light, 1280, 900", "dark, 1280, 900", "light, 390, 844", "dark, 390, 844"})
    void nothingIsCutOffAndTextHasContrast(String scheme, int width, int height) throws IOException {
        browser.scheme(scheme);
        browser.size(width, height);

        JsonNode seen = browser.run("""
                const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(v => {
                  v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
                  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
                const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
                const ground = getComputedStyle(document.body).backgroundColor;
                return {overflow: document.documentElement.scrollWidth - innerWidth, ground: light(ground),
                  least: Math.min(...[...document.querySelectorAll('h1, p, dt, dd, td, figcaption')]
                    .map(element => contrast(getComputedStyle(element).color, ground)))};
                """);

        assertThat(seen.path("overflow").asInt())
                .as("the page itself does not scroll sideways")
                .isLessThanOrEqualTo(0);
        assertThat(seen.path("ground").asDouble() > 0.5).isEqualTo(scheme.equals("light"));
        assertThat(seen.path("least").asDouble()).as("WCAG AA").isGreaterThanOrEqualTo(4.5);
        if (System.getProperty("muflex.page") != null) {
            Files.write(page.resolveSibling("page-" + scheme + "-" + width + ".png"), browser.screenshot());
        }
    }
}
