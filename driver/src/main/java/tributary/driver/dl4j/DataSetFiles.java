package tributary.driver.dl4j;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.datasets.minibatch.ArrayFiles;
import tributary.driver.spark.TaskOutcome;

/** Writes an RDD's examples once to files that rounds read at random, a file a partition. */
final class DataSetFiles {
  private DataSetFiles() {}

  /**
   * Writes all examples, in the RDD's order.
   *
   * @throws DataException if there are none, if their shapes differ, or if they have masks
   */
  static ArrayExamples write(JavaRDD<DataSet> data, String folder, JavaSparkContext spark)
      throws IOException {
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    List<TaskOutcome<Part>> outcomes;
    try {
      outcomes =
          data.mapPartitionsWithIndex(
                  (index, sets) ->
                      List.of(
                              TaskOutcome.of(
                                  () -> write(index, sets, folder, hadoop.value().value())))
                          .iterator(),
                  /* preservesPartitioning= */ false)
              .collect();
    } finally {
      hadoop.destroy();
    }
    Part shapes = null;
    for (TaskOutcome<Part> outcome : outcomes) {
      Part part = outcome.get();
      shapes = shapes == null || shapes.count() == 0 ? part : shapes.requireLike(part);
    }
    if (shapes == null || shapes.count() == 0) {
      throw new DataException("The RDD holds no examples");
    }
    return examples(outcomes, folder, shapes);
  }

  private static ArrayExamples examples(
      List<TaskOutcome<Part>> outcomes, String folder, Part shapes) throws DataException {
    try {
      return new ArrayExamples(
          folder,
          outcomes.stream().map(outcome -> outcome.result().count()).toList(),
          shapes.features(),
          shapes.labels());
    } catch (IllegalArgumentException e) {
      throw new DataException("The RDD's examples have unknown shapes: " + e.getMessage(), e);
    }
  }

  private static Part write(int index, Iterator<DataSet> sets, String folder, Configuration hadoop)
      throws IOException {
    Path file = ArrayExamples.file(folder, index);
    FileSystem fs = Storage.fileSystem(file, hadoop);
    Part[] written = {new Part(0, List.of(), List.of())};
    Storage.writeAtomically(
        fs,
        file,
        out -> {
          ArrayFiles.Writer writer = new ArrayFiles.Writer(out);
          while (sets.hasNext()) {
            written[0] = written[0].plus(write(sets.next(), writer));
          }
        });
    return written[0];
  }

  private static Part write(DataSet set, ArrayFiles.Writer writer) throws IOException {
    if (set.getFeaturesMaskArray() != null || set.getLabelsMaskArray() != null) {
      throw new DataException(
          "A DataSet of the RDD has a mask, which TributaryTrainingMaster does not know; train"
              + " texts by tributary train, which does");
    }
    if (set.getLabels() == null) {
      throw new DataException("A DataSet of the RDD has no labels");
    }
    int size = Math.toIntExact(set.getFeatures().size(0));
    float[] features = floats(set.getFeatures());
    float[] labels = floats(set.getLabels());
    for (int i = 0; i < size; i++) {
      writer.write(features, labels, i, size);
    }
    return new Part(size, shape(set.getFeatures()), shape(set.getLabels()));
  }

  private static float[] floats(INDArray array) {
    return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
  }

  /** Of one example. */
  private static List<Integer> shape(INDArray array) {
    return Arrays.stream(array.shape()).skip(1).mapToObj(Math::toIntExact).toList();
  }

  /**
   * What is in a file.
   *
   * @param features shape of an example; empty where there is none
   * @param labels shape of its labels
   */
  private record Part(int count, List<Integer> features, List<Integer> labels)
      implements Serializable {
    Part plus(Part more) throws DataException {
      Part same = count == 0 ? more : requireLike(more);
      return new Part(Math.addExact(count, more.count), same.features, same.labels);
    }

    Part requireLike(Part other) throws DataException {
      if (other.count > 0 && !(features.equals(other.features) && labels.equals(other.labels))) {
        throw new DataException(
            Checks.format(
                "The RDD's examples differ in shape: features %s and labels %s, features %s and"
                    + " labels %s; make them alike",
                features, labels, other.features, other.labels));
      }
      return this;
    }
  }
}
