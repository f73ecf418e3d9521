package tributary.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Checks;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;

@Tag("bench")
class StepSpeedTest {
  @ParameterizedTest
  @CsvSource({
    "lenet, 64, FP32, 6",
    "lstm, 32, FP32, 3",
    "resnet50, 8, FP32, 4",
    "resnet50, 8, BF16, 7"
  })
  void torchStepsSeveralTimesFasterThanDl4j(
      String model, int batch, Precision precision, double times) {
    List<EngineSettings> engines =
        List.of(
            new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1, precision, Device.CPU),
            new EngineSettings(EngineSettings.Type.ND4J, /* threads= */ 1));
    var results = new StepBenchmark(BenchModels.named(model), batch, engines, 2, 7).run().results();
    Spread torch = results.get(0).step();
    Spread nd4j = results.get(1).step();
    double ratio = nd4j.median() / torch.median();
    System.out.println(
        Checks.format(
            "%s, minibatch %d, %s: torch %.1f ms (%.1f..%.1f), nd4j %.1f ms (%.1f..%.1f), %.1fx",
            model,
            batch,
            precision,
            torch.median(),
            torch.least(),
            torch.most(),
            nd4j.median(),
            nd4j.least(),
            nd4j.most(),
            ratio));
    assertThat(ratio).isGreaterThan(times);
  }
}
