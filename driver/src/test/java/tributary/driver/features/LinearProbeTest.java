package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.driver.round.LocalSpark;
import tributary.worker.features.FeatureRow;

@Tag("spark")
@Timeout(120)
class LinearProbeTest {
  private static SparkSession session;

  @TempDir Path folder;

  @BeforeAll
  static void startSpark() {
    session = LocalSpark.sessionOfSlots(2);
  }

  @AfterAll
  static void stopSpark() {
    session.close();
  }

  @Test
  void tellsThreeCloudsApartAndComesToTheSameTwice() throws IOException {
    FeatureTable table = MadeUpTable.write(folder, splits(), row(4));
    LinearProbe.Result result = LinearProbe.fit(session, table, "vector", "train", "test");

    assertThat(result.trainExamples()).isEqualTo(270);
    assertThat(result.testExamples()).isEqualTo(90);
    assertThat(result.trainAccuracy()).isGreaterThan(0.97);
    assertThat(result.testAccuracy()).isGreaterThan(0.97);
    assertThat(LinearProbe.fit(session, table, "vector", "train", "test")).isEqualTo(result);
  }

  @Test
  void guessesWhereVectorsTellNothing() throws IOException {
    FeatureTable table = MadeUpTable.write(folder, splits(), row(0));
    LinearProbe.Result result = LinearProbe.fit(session, table, "vector", "train", "test");
    assertThat(result.testAccuracy()).isBetween(0.15, 0.55);
  }

  @Test
  void aSplitWithoutLabelsIsRefused() throws IOException {
    FeatureTable table = MadeUpTable.write(folder, splits(), i -> MadeUpTable.row("k" + i, -1, i));
    assertThatThrownBy(() -> LinearProbe.fit(session, table, "vector", "train", "test"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Split train")
        .hasMessageContaining("has no row with a label and a vector");
  }

  private static Map<String, List<Integer>> splits() {
    return new TreeMap<>(Map.of("train", List.of(200, 70), "test", List.of(90)));
  }

  /** A class is a cloud of points around a corner, so far from the origin. */
  private static java.util.function.IntFunction<FeatureRow> row(double distance) {
    return i -> {
      SplittableRandom random = Seeds.random(7, i);
      float[] vector = new float[5];
      for (int j = 0; j < vector.length; j++) {
        vector[j] = (float) (random.nextGaussian() + (j == i % 3 ? distance : 0));
      }
      return MadeUpTable.row("k" + i, i % 3, vector);
    };
  }
}
