package muflex.experiments.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Utf8StreamTest {

    private static String decode(byte... bytes) {
        Utf8Stream stream = new Utf8Stream();
        StringBuilder text = new StringBuilder();
        for (byte next : bytes) {
            text.append(stream.append(next & 0xFF));
        }
        return text.append(stream.end()).toString();
    }

    @Test
    void charactersOfSeveralBytesComeWhole() {
        String text = "a µ € 𝄞 z";

        assertThat(decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
    }

    @Test
    void nothingComesInsideACharacter() {
        Utf8Stream stream = new Utf8Stream();

        assertThat(stream.append(0xC2)).isEmpty();
        assertThat(stream.append(0xB5)).isEqualTo("µ");
    }

    @Test
    void whatIsNoUtf8IsReplaced() {
        assertThat(decode((byte) 0xFF, (byte) 'a')).isEqualTo("\uFFFDa");
        assertThat(decode((byte) 'a', (byte) 0xE2, (byte) 0x82)).isEqualTo("a\uFFFD");
    }
}
