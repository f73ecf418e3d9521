package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;
import tributary.driver.spark.SparkContexts;

@Tag("spark")
class PlacedTest {
  private static final List<String> HOMES =
      List.of("executor_here_1", "executor_there_2", "executor_here_1");

  @Test
  void partitionsPreferTheirHomesAndAreTheSameWhereverTheyAreMade() {
    try (JavaSparkContext spark =
        SparkContexts.create(
            new SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false"),
            "placed test",
            1)) {
      JavaRDD<Integer> parent = spark.parallelize(List.of(1, 2, 3, 4, 5, 6), HOMES.size());
      RDD<Integer> placed = new Placed<>(parent.rdd(), HOMES, parent.classTag());

      assertThat(placed.partitions())
          .extracting(
              partition -> JavaConverters.seqAsJavaList(placed.preferredLocations(partition)))
          .containsExactly(
              List.of("executor_here_1"), List.of("executor_there_2"), List.of("executor_here_1"));
      assertThat(placed.toJavaRDD().glom().collect())
          .as("though no such executors are there")
          .isEqualTo(parent.glom().collect());
    }
  }
}
