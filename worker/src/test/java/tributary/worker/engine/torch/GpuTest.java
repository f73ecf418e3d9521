package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.bench.BenchModel;
import tributary.worker.bench.BenchModels;
import tributary.worker.bench.StepBenchmark;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;

/** Needs a GPU; {@code deploy/gpu-check} runs it. */
@Tag("gpu")
class GpuTest {
  @ParameterizedTest
  @CsvSource({"lenet,FP32", "lenet,TF32", "lenet,BF16", "lstm,FP32", "resnet50,BF16"})
  void givesTheSameBitsTwice(String name, Precision precision) {
    BenchModel model = BenchModels.named(name);
    Minibatch minibatch = model.minibatch(8);
    ModelState start = Network.initialState(model.configuration());
    TorchEngine engine = new TorchEngine(gpu(precision));

    assertThat(trained(engine, model, start, minibatch))
        .isEqualTo(trained(engine, model, start, minibatch));
  }

  @ParameterizedTest
  @CsvSource({"lenet,512", "lstm,128", "resnet50,64"})
  void stepsFasterThanTheProcessor(String name, int batch) {
    List<EngineSettings> engines =
        List.of(
            new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1),
            gpu(Precision.FP32),
            gpu(Precision.TF32),
            gpu(Precision.BF16));
    var report = new StepBenchmark(BenchModels.named(name), batch, engines, 3, 10).run();
    for (StepBenchmark.Result result : report.results()) {
      System.out.println(
          Checks.format(
              "| %s | %d | %s %s | %.2f ms a step | %.0f items/s | %.0f GFLOP/s |",
              name,
              batch,
              result.engine().device(),
              result.engine().precision(),
              result.step().median(),
              batch * 1000 / result.step().median(),
              report.flopsPerStep() / 1e6 / result.step().median()));
    }
    double processor = report.results().get(0).step().median();
    assertThat(report.results().get(1).step().median()).isLessThan(processor);
  }

  private static EngineSettings gpu(Precision precision) {
    return new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1, precision, Device.CUDA);
  }

  private static String trained(
      TorchEngine engine, BenchModel model, ModelState start, Minibatch minibatch) {
    try (Replica replica = engine.replica(model.configuration())) {
      replica.load(start);
      for (int step = 0; step < 5; step++) {
        replica.step(minibatch, new StepKey(step, 0, 1 + step));
      }
      return StateHash.sha256(replica.state().parameters());
    }
  }
}
