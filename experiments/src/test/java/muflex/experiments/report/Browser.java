package muflex.experiments.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A headless Chromium, driven through ChromeDriver by the W3C's WebDriver protocol. */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process driver;
    private final String session;

    static boolean isInstalled() {
        return Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    }

    /** @param profile an empty folder */
    Browser(Path profile) throws IOException {
        driver = new ProcessBuilder(DRIVER.toString(), "--port=0")
                .redirectErrorStream(true)
                .start();
        String root = "http://127.0.0.1:" + port(driver.inputReader(StandardCharsets.UTF_8));
        List<String> flags = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        Map<String, Object> capabilities = Map.of(
                "browserName", "chrome",
                "goog:loggingPrefs", Map.of("browser", "ALL"),
                "goog:chromeOptions", Map.of("binary", CHROMIUM.toString(), "args", flags));
        JsonNode begun = send(root + "/session", Map.of("capabilities", Map.of("alwaysMatch", capabilities)));
        session = root + "/session/" + begun.path("sessionId").stringValue();
    }

    private static String port(BufferedReader output) throws IOException {
        Pattern said = Pattern.compile("started successfully on port (\\d+)");
        String line = output.readLine();
        while (line != null) {
            Matcher port = said.matcher(line);
            if (port.find()) {
                return port.group(1);
            }
            line = output.readLine();
        }
        throw new IOException("chromedriver ended before it told its port");
    }

    void open(Path page) throws IOException {
        send(session + "/url", Map.of("url", page.toUri().toString()));
    }

    /** What the page's script logged, errors among it, since the last call. */
    JsonNode log() throws IOException {
        return send(session + "/se/log", Map.of("type", "browser"));
    }

    /** The value that a script returns. */
    JsonNode run(String script) throws IOException {
        return send(session + "/execute/sync", Map.of("script", script, "args", List.of()));
    }

    void scheme(String name) throws IOException {
        devTools(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", name))));
    }

    void size(int width, int height) throws IOException {
        devTools(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** A PNG of the window. */
    byte[] screenshot() throws IOException {
        JsonNode shot = devTools("Page.captureScreenshot", Map.of("format", "png"));
        return Base64.getDecoder().decode(shot.path("data").stringValue());
    }

    private JsonNode devTools(String command, Map<String, Object> parameters) throws IOException {
        return send(session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    private JsonNode send(String uri, Object body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode answer = Json.tree(response.body()).path("value");
            if (response.statusCode() != 200) {
                throw new IOException(uri + ": " + answer.path("message").asString("failed"));
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            http.send(
                    HttpRequest.newBuilder(URI.create(session)).DELETE().build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            http.close();
            driver.destroy();
        }
    }
}
