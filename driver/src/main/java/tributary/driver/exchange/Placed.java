package tributary.driver.exchange;

import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;

/** An RDD whose tasks go, if they can, where earlier ones have left what they need. */
final class Placed<T> extends RDD<T> {
  private static final long serialVersionUID = 1;

  private final ClassTag<T> type;
  private final transient List<String> homes;

  /**
   * The same as {@code parent}.
   *
   * @param homes an executor for each partition, as Spark writes it
   */
  Placed(RDD<T> parent, List<String> homes, ClassTag<T> type) {
    super(parent, type);
    this.type = type;
    this.homes = List.copyOf(homes);
  }

  @Override
  public Partition[] getPartitions() {
    return firstParent(type).partitions();
  }

  @Override
  public Seq<String> getPreferredLocations(Partition split) {
    return JavaConverters.asScalaBuffer(List.of(homes.get(split.index())));
  }

  @Override
  public Iterator<T> compute(Partition split, TaskContext context) {
    return firstParent(type).iterator(split, context);
  }
}
