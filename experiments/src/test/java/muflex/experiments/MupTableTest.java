package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import muflex.model.parameterization.OptimizerRule;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.ParameterizationJson;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Power;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code muflex mup table}: what others read or compare. */
class MupTableTest {

    private static final String OWN = "../docs/own-rule.json";

    private static String table(String... args) {
        StringWriter out = new StringWriter();
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        assertThat(line.execute(args)).isZero();
        return out.toString();
    }

    @Test
    void theTableIsTheGoldenOne() throws IOException {
        Golden.check("mup-table.txt", table("mup", "table", "--rule", "complete-p", "--depth", "4"));
    }

    @Test
    void asJsonItIsTheGoldenOne() throws IOException {
        Golden.check("mup-table.json", table("mup", "table", "--rule", "mup", "--depth", "1", "--tied", "--json"));
    }

    @Test
    void rulesAreCompared() throws IOException {
        Golden.check(
                "mup-against.txt",
                table("mup", "table", "--rule", "mup", "--against", "mup-table3")
                        + table("mup", "table", "--rule", "mup", "--against", "seed-text"));
    }

    @Test
    void underSgdEverettsRuleIsAnotherThanTheStandardOne() {
        assertThat(table("mup", "table", "--rule", "standard", "--against", "everett", "--optimizer", "sgd"))
                .startsWith("standard and everett differ, ");
    }

    /** The example of docs/rules.md, in JSON and in Java. */
    @Test
    void aUsersOwnRuleIsAFileOfAFewLines() throws IOException {
        Parameterization own = ParameterizationJson.read(Files.readString(Path.of(OWN)));
        Parameterization expected = Parameterizations.mup()
                .map(
                        Role.of(Role.Kind.HIDDEN),
                        hidden -> hidden.withAdam(new OptimizerRule(
                                Power.parse("fan_in^-1"), Power.parse("d^1/2"), Power.parse("fan_in^-1"))))
                .named(own.name(), own.source());
        assertThat(own).isEqualTo(expected);
        assertThat(table("mup", "table", "--rule", OWN)).contains("0.250000").contains("2.00000");
    }
}
