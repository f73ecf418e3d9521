package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.datasets.shard.ImageShape;

class ZooTest {
  @Test
  void namesWhatItHasWhenAskedForSomethingElse() {
    ModelOptions options =
        new ModelOptions(
            new ModelInput.Images(new ImageShape(1, 28, 28)),
            10,
            1,
            new OptimizerSettings(OptimizerSettings.Type.SGD, 0.1, 0, 0));
    assertThatThrownBy(() -> Zoo.configuration("lenet5", options))
        .isInstanceOf(ModelException.class)
        .hasMessage("Unknown model lenet5; known are " + Zoo.names());
  }
}
