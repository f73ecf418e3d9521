package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.Settings;
import tributary.driver.round.RunState;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.train.Places;
import tributary.worker.train.Position;

@ExtendWith(FashionMnist.class)
class ResumptionTest {
  private static final int EXAMPLES = 610;

  @Test
  void aPositionInsideTheEpochIsGoneOnFrom() throws IOException {
    for (Position position :
        List.of(
            Position.START,
            new Position(1, 0, EXAMPLES - 1, 3),
            new Position(4, 0, EXAMPLES, 9, Places.of(600, 10)),
            new Position(9, 1, 0, 20))) {
      assertThat(resumed(position).position()).isEqualTo(position);
    }
  }

  @Test
  void aPositionOutsideTheEpochIsToldWithFileFieldExpectedAndFound() {
    for (Position outside :
        List.of(new Position(1, 0, EXAMPLES, 3), new Position(1, 0, 700, 3, Places.of(650, 10)))) {
      assertThatThrownBy(() -> resumed(outside))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "Cannot go on from a place outside an epoch of 610 examples: position.json of step 3:"
                  + " offset: expected 0..609, found %d; start a new run",
              outside.offset());
    }
  }

  private static Checkpoint resumed(Position position) throws IOException {
    String shards = FashionMnist.shards(EXAMPLES, 50, 170).toUri().toString();
    Settings settings = Settings.of(List.of(), List.of("data.path=" + shards));
    try (Dataset dataset = Dataset.open(shards, new Configuration())) {
      ModelConfiguration model = Models.of(settings, dataset.manifest(), new Configuration());
      Checkpoint checkpoint =
          new Checkpoint(
              model,
              Network.layoutOf(model),
              RunState.of(Network.initialState(model)),
              position,
              dataset.profile(),
              settings.toYaml());
      return new Resumption(checkpoint, settings, dataset).unchanged();
    }
  }
}
