package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.round.LocalSpark;
import tributary.worker.features.FeatureRow;

@Tag("spark")
@Timeout(120)
class NeighboursTest {
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
  void areThoseThatMeasuringEveryRowFinds() throws IOException {
    SplittableRandom random = Seeds.random(11);
    for (int round = 0; round < 6; round++) {
      int length = 1 + random.nextInt(40);
      List<FeatureRow> rows = new ArrayList<>();
      Map<String, List<Integer>> splits = new TreeMap<>();
      for (String split : List.of("test", "train")) {
        List<Integer> shards = List.of(random.nextInt(300), 1 + random.nextInt(90));
        splits.put(split, shards);
        for (int i = 0; i < shards.get(0) + shards.get(1); i++) {
          rows.add(MadeUpTable.row(key(random), i % 3, vector(random, length)));
        }
      }
      FeatureTable table = MadeUpTable.write(folder.resolve("t" + round), splits, rows::get);
      for (Measure measure : Measure.values()) {
        float[] second = measure == Measure.COSINE ? ones(length) : new float[length];
        List<float[]> queries = List.of(nonZero(random, length), second);
        int count = 1 + random.nextInt(rows.size() + 5);
        List<List<Hit>> found = neighbours(table).of(queries, count, measure);
        for (int query = 0; query < queries.size(); query++) {
          assertThat(found.get(query))
              .as("query %d of round %d, %s", query, round, measure)
              .isEqualTo(bruteForce(splits, rows, queries.get(query), count, measure));
        }
      }
    }
  }

  @Test
  void anExampleIsFoundByItsKeyAndIsItsOwnNearest() throws IOException {
    SplittableRandom random = Seeds.random(5);
    List<FeatureRow> rows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      rows.add(MadeUpTable.row("cat/" + i, i % 2 == 0 ? -1 : 1, vector(random, 8)));
    }
    FeatureTable table = MadeUpTable.write(folder, Map.of("train", List.of(100, 50)), rows::get);

    Neighbours.Found found = neighbours(table).find("cat/117");
    assertThat(found.vector()).containsExactly(rows.get(117).vectors().get(0));
    assertThat(found.hit()).isEqualTo(new Hit("train", "cat/117", 1, 0, "train-00001", 17));
    Hit nearest = neighbours(table).of(List.of(found.vector()), 1, Measure.EUCLIDEAN).get(0).get(0);
    assertThat(nearest).isEqualTo(found.hit());
    assertThat(neighbours(table).find("cat/0").hit().label()).isEqualTo(-1);
    assertThatThrownBy(() -> neighbours(table).find("dog"))
        .isInstanceOf(DataException.class)
        .hasMessage("No example dog with a vector in splits [train] of file:" + folder);
  }

  @Test
  void aQueryOfAnotherLengthIsRefused() throws IOException {
    FeatureTable table =
        MadeUpTable.write(
            folder, Map.of("train", List.of(2)), i -> MadeUpTable.row("k" + i, 0, 1, 2, 3));
    assertThatThrownBy(() -> neighbours(table).of(List.of(new float[2]), 1, Measure.COSINE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("have 3 values, the query has 2");
  }

  @Test
  void aQueryThatCannotBeMeasuredIsRefusedAndARowThatCannotComesLast() throws IOException {
    FeatureTable table =
        MadeUpTable.write(
            folder,
            Map.of("train", List.of(3)),
            i -> MadeUpTable.row("k" + i, 0, i == 0 ? Float.NaN : i, 1));
    for (Measure measure : Measure.values()) {
      List<Hit> hits = neighbours(table).of(List.of(new float[] {1, 1}), 9, measure).get(0);
      assertThat(hits).extracting(Hit::key).containsExactly("k1", "k2", "k0");
      assertThatThrownBy(
              () -> neighbours(table).of(List.of(new float[] {1, Float.NaN}), 1, measure))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("The query has NaN at place 1");
    }
    assertThatThrownBy(() -> neighbours(table).of(List.of(new float[2]), 1, Measure.COSINE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it has no direction");
    assertThat(neighbours(table).of(List.of(new float[2]), 1, Measure.EUCLIDEAN).get(0))
        .extracting(Hit::key)
        .containsExactly("k1");
  }

  @Test
  void aLayerThatTheTableHasNotIsRefusedWithThoseThatItHas() throws IOException {
    FeatureTable table =
        MadeUpTable.write(folder, Map.of("train", List.of(1)), i -> MadeUpTable.row("k", 0, 1));
    assertThat(table.column(null)).isEqualTo("vector");
    assertThat(table.column("fc")).isEqualTo("vector");
    assertThatThrownBy(() -> table.column("conv"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("--layer: expected one of [fc]");
  }

  @Test
  void aSplitThatIsNotWholeIsNotSearched() throws IOException {
    FeatureTable table =
        MadeUpTable.write(folder, Map.of("train", List.of(1)), i -> MadeUpTable.row("k", 0, 1));
    java.nio.file.Files.delete(folder.resolve("split=train/_SUCCESS"));
    assertThatThrownBy(() -> table.rows(session, List.of("train")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not whole")
        .hasMessageContaining("give the command extract again");
    assertThatThrownBy(() -> table.rows(session, List.of("test")))
        .hasMessageContaining("is missing; splits that are begun are [train]");
  }

  private static List<Hit> bruteForce(
      Map<String, List<Integer>> splits,
      List<FeatureRow> rows,
      float[] query,
      int count,
      Measure measure) {
    List<Hit> hits = new ArrayList<>();
    int number = 0;
    for (String split : splits.keySet()) {
      for (int shard = 0; shard < splits.get(split).size(); shard++) {
        for (int i = 0; i < splits.get(split).get(shard); i++) {
          FeatureRow row = rows.get(number++);
          double value = measured(row.vectors().get(0), query, measure);
          hits.add(
              new Hit(
                  split,
                  row.origin().key(),
                  row.origin().label(),
                  value,
                  Checks.format("%s-%05d", split, shard),
                  i));
        }
      }
    }
    hits.sort(Hit.order(measure));
    return hits.subList(0, Math.min(count, hits.size()));
  }

  private static double measured(float[] a, float[] b, Measure measure) {
    double product = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    double differences = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squaresOfA += (double) a[i] * a[i];
      squaresOfB += (double) b[i] * b[i];
      differences += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    double cosine = squaresOfA * squaresOfB == 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
    return measure == Measure.COSINE ? cosine : Math.sqrt(differences);
  }

  /** Few, so that some come twice. */
  private static String key(SplittableRandom random) {
    return "k" + random.nextInt(50);
  }

  /** Small whole numbers, so that many are equally near. */
  private static float[] vector(SplittableRandom random, int length) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = random.nextInt(5) - 2;
    }
    return vector;
  }

  private static float[] nonZero(SplittableRandom random, int length) {
    float[] vector = vector(random, length);
    vector[random.nextInt(length)] = 1;
    return vector;
  }

  private static float[] ones(int length) {
    float[] vector = new float[length];
    java.util.Arrays.fill(vector, 1);
    return vector;
  }

  private static Neighbours neighbours(FeatureTable table) throws IOException {
    return new Neighbours(session, table, "vector", table.splits());
  }
}
