package tributary.driver.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.round.LocalSpark;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** DL4J's own training master and ours, the same network on the same RDD. */
@Tag("bench")
@ExtendWith(FashionMnist.class)
@Timeout(600)
class TrainingMasterSpeedTest {
  private static final int TRAIN = 10_240;
  private static final int TEST = 1024;
  private static final int MINIBATCH = 32;
  private static final int LOCAL_STEPS = 40;
  private static final int EPOCHS = 3;

  /** Until Java has compiled what runs, for both alike. */
  private static final double WARM_UP_SECONDS = 60;

  private static final int TIMED_EPOCHS = 2;

  @TempDir Path folder;

  /** Images a second once all is warm, and accuracy after three epochs. */
  private record Measured(double imagesPerSecond, double accuracy) {}

  @Test
  void isEightTimesAsFastAsDl4jsOwnAndNoLessAccurate() throws Exception {
    System.setProperty(
        "org.deeplearning4j.spark.time.TimeSource",
        "org.deeplearning4j.spark.time.SystemClockTimeSource");
    Measured stock =
        measure(
            new ParameterAveragingTrainingMaster.Builder(2, MINIBATCH)
                .batchSizePerWorker(MINIBATCH)
                .averagingFrequency(LOCAL_STEPS)
                .workerPrefetchNumBatches(2)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .build());
    Measured ours =
        measure(
            new TributaryTrainingMaster.Builder()
                .replicas(2)
                .localSteps(LOCAL_STEPS)
                .minibatchSize(MINIBATCH)
                .exportFolder(folder.toString())
                .build());
    System.out.println("ParameterAveragingTrainingMaster " + stock);
    System.out.println("TributaryTrainingMaster " + ours);
    assertThat(ours.accuracy()).isGreaterThanOrEqualTo(stock.accuracy());
    assertThat(ours.imagesPerSecond()).isGreaterThanOrEqualTo(8 * stock.imagesPerSecond());
  }

  private static Measured measure(TrainingMaster<?, ?> master) throws IOException {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      JavaRDD<DataSet> data = spark.parallelize(images("train", TRAIN), 2);
      SparkDl4jMultiLayer net = new SparkDl4jMultiLayer(spark, lenet(), master);
      long began = System.nanoTime();
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        net.fit(data);
      }
      double accuracy = accuracy(net);
      while (seconds(began) < WARM_UP_SECONDS) {
        net.fit(data);
      }
      long warm = System.nanoTime();
      for (int epoch = 0; epoch < TIMED_EPOCHS; epoch++) {
        net.fit(data);
      }
      return new Measured(TIMED_EPOCHS * TRAIN / seconds(warm), accuracy);
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static double accuracy(SparkDl4jMultiLayer net) throws IOException {
    int right = 0;
    for (DataSet images : images("test", TEST)) {
      int[] told = net.getNetwork().predict(images.getFeatures());
      int[] labels = images.getLabels().argMax(1).toIntVector();
      right += (int) IntStream.range(0, told.length).filter(i -> told[i] == labels[i]).count();
    }
    return right / (double) TEST;
  }

  /** In DataSets of a minibatch each, which suits DL4J's own master best. */
  private static List<DataSet> images(String split, int count) throws IOException {
    List<DataSet> images = new ArrayList<>();
    int[] sizes = new int[count / MINIBATCH];
    Arrays.fill(sizes, MINIBATCH);
    try (Dataset dataset =
            Dataset.open(
                FashionMnist.shards(TRAIN, TEST, 1024).toUri().toString(), new Configuration());
        MinibatchReader reader =
            new MinibatchReader(
                dataset,
                split,
                Normalization.of(dataset.manifest().images().statistics()),
                LongStream.range(0, count).toArray(),
                sizes,
                4)) {
      while (reader.hasNext()) {
        Minibatch batch = reader.next();
        INDArray labels = Nd4j.zeros(MINIBATCH, 10);
        for (int i = 0; i < MINIBATCH; i++) {
          labels.putScalar(i, batch.labels()[i], 1);
        }
        images.add(
            new DataSet(
                Nd4j.createFromArray(batch.features()).reshape(MINIBATCH, 1, 28, 28), labels));
      }
    }
    return images;
  }

  private static MultiLayerConfiguration lenet() {
    return Zoo.configuration(
            "lenet",
            new ModelOptions(
                new ModelInput.Images(new ImageShape(1, 28, 28)),
                10,
                7,
                new OptimizerSettings(OptimizerSettings.Type.ADAM, 0.001, 0.9, 0)))
        .multiLayer();
  }
}
