package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchStepCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();

  @Test
  void measuresEachPartOfAStepOnEachEngineAndPrecision() throws Exception {
    int code =
        run(
            "--model",
            "lenet",
            "--batch",
            "4",
            "--steps",
            "3",
            "--warm-up",
            "1",
            "--precision",
            "fp32,bf16",
            "--json");
    assertThat(code).as(errors.toString()).isEqualTo(ExitCode.OK);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("parameters").asLong()).isEqualTo(431_080);
    // 2 x 24 x 24 x 20 x 25 + 2 x 8 x 8 x 50 x 20 x 25 + 2 x 800 x 500 + 2 x 500 x 10 forward
    assertThat(json.path("gflop-per-step").asDouble() * 1e9).isEqualTo(3 * 4 * 4_586_000.0);
    List<String> names = new ArrayList<>();
    for (JsonNode engine : json.path("engines")) {
      names.add(engine.path("engine").asText() + " " + engine.path("precision").asText());
      double parts = 0;
      for (String part : List.of("forward", "backward", "update")) {
        JsonNode millis = engine.path(part + "-millis");
        assertThat(millis.path("median").asDouble()).isPositive();
        parts += millis.path("least").asDouble();
      }
      assertThat(parts).isLessThanOrEqualTo(engine.path("step-millis").path("most").asDouble());
      assertThat(engine.path("items-per-second").asDouble()).isPositive();
      assertThat(engine.path("matrix-peak-gflops").asDouble()).isPositive();
    }
    assertThat(names).containsExactly("torch fp32", "torch bf16", "nd4j fp32");
  }

  @Test
  void namesWhatAModelFileNeedsBeside() {
    assertThat(run("--model", "some.json")).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString())
        .contains(
            "--model some.json is no name (known are [lenet, lstm, resnet50]): a file also needs"
                + " --input and --classes");
  }

  @Test
  void namesTheEnginesThatItKnows() {
    assertThat(run("--model", "lenet", "--engine", "cudnn")).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString()).contains("unknown type cudnn; known are [nd4j, torch]");
  }

  private int run(String... arguments) {
    List<String> words = new ArrayList<>(List.of("bench", "step"));
    words.addAll(List.of(arguments));
    return Tributary.run(
        new PrintWriter(out, /* autoFlush= */ true),
        new PrintWriter(errors, /* autoFlush= */ true),
        words.toArray(String[]::new));
  }
}
