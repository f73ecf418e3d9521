package tributary.driver.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Settings;
import tributary.driver.round.RunState;
import tributary.driver.run.Models;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.train.Position;

/** Checkpoints of networks as they are drawn. */
final class Trained {
  static final Configuration HADOOP = new Configuration();

  private Trained() {}

  /** LeNet for the images of a dataset. */
  static Checkpoint lenet(Path data, long seed) throws IOException {
    Settings settings = settings(data, "training.seed=" + seed);
    try (Dataset dataset = open(data)) {
      return of(Models.of(settings, dataset.manifest(), HADOOP), dataset, settings);
    }
  }

  private static Checkpoint of(ModelConfiguration model, Dataset dataset, Settings settings) {
    return new Checkpoint(
        model,
        Network.layoutOf(model),
        RunState.of(Network.initialState(model)),
        Position.START,
        dataset.profile(),
        settings.toYaml());
  }

  static Dataset open(Path data) throws IOException {
    return Dataset.open(data.toUri().toString(), HADOOP);
  }

  static Settings settings(Path data, String... overrides) {
    return Settings.of(List.of(), List.of(overrides))
        .with(tributary.driver.conf.Key.DATA_PATH, data.toString(), "test");
  }
}
