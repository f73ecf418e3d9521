package tributary.driver.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HdfsDefaultsTest {
  private static final String IN_SPARK = "spark.hadoop." + HdfsDefaults.BEST_EFFORT;

  @Test
  void appendingGoesOnWithTheDataNodesThatThereAre() {
    assertThat(HdfsDefaults.applied(new Configuration()).get(HdfsDefaults.BEST_EFFORT))
        .isEqualTo("true");
    assertThat(SparkContexts.hadoop().get(HdfsDefaults.BEST_EFFORT)).isEqualTo("true");

    SparkConf conf = new SparkConf(false);
    HdfsDefaults.apply(conf);
    assertThat(conf.get(IN_SPARK)).isEqualTo("true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void whatTheClustersFilesSayStands(String value) {
    Configuration site = new Configuration();
    String xml =
        "<configuration><property><name>"
            + HdfsDefaults.BEST_EFFORT
            + "</name><value>"
            + value
            + "</value></property></configuration>";
    site.addResource(
        new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)), "hdfs-site.xml");

    assertThat(HdfsDefaults.applied(site).get(HdfsDefaults.BEST_EFFORT)).isEqualTo(value);
  }

  @Test
  void whatTheUserSaysStands() {
    SparkConf conf = new SparkConf(false).set(IN_SPARK, "false");

    HdfsDefaults.apply(conf);

    assertThat(conf.get(IN_SPARK)).isEqualTo("false");
  }
}
