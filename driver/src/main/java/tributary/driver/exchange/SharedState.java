package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;
import tributary.driver.exchange.Message.Outgoing;
import tributary.worker.model.ModelState;

/**
 * A state that all processes read, or that tasks are about to make. Its slices are numbered: those
 * of the parameters, then those of the optimizer's values if they are averaged, too. Sent.
 *
 * @param parameters the parameter vector
 * @param optimizer the optimizer's values
 * @param wholly whether tasks make both vectors, or the parameters alone
 */
record SharedState(SharedVector parameters, SharedVector optimizer, boolean wholly)
    implements Serializable {
  static final String PARAMETERS = "parameters";
  static final String OPTIMIZER = "optimizer";

  /** The next state, which tasks will fill in. Driver only. */
  SharedState next(JavaSparkContext spark, boolean averagesOptimizer) {
    return new SharedState(
        SharedVector.declare(spark, PARAMETERS, parameters.slices().length()),
        averagesOptimizer
            ? SharedVector.declare(spark, OPTIMIZER, optimizer.slices().length())
            : optimizer,
        averagesOptimizer);
  }

  /** How many slices tasks make. */
  int count() {
    return parameters.slices().count() + (wholly ? optimizer.slices().count() : 0);
  }

  /** Bytes of all slices that tasks make. */
  long bytes() {
    long floats = (long) parameters.slices().length() + (wholly ? optimizer.slices().length() : 0);
    return floats * Float.BYTES;
  }

  /** A replica's end, slice by slice. */
  List<Tuple2<Integer, Message>> cut(int replica, long weight, ModelState end) {
    List<Tuple2<Integer, Message>> messages = new ArrayList<>();
    cut(replica, weight, end.parameters(), parameters.slices(), messages);
    if (wholly) {
      cut(replica, weight, end.optimizer(), optimizer.slices(), messages);
    }
    return messages;
  }

  private static void cut(
      int replica,
      long weight,
      float[] vector,
      Slices slices,
      List<Tuple2<Integer, Message>> messages) {
    for (int slice = 0; slice < slices.count(); slice++) {
      messages.add(
          new Tuple2<>(
              messages.size(),
              new Outgoing(replica, weight, vector, slices.start(slice), slices.size(slice))));
    }
  }

  /** Keeps the mean of a slice for all to fetch. */
  void put(int slice, ByteBuffer mean) {
    int inParameters = parameters.slices().count();
    if (slice < inParameters) {
      parameters.put(slice, mean);
    } else {
      optimizer.put(slice - inParameters, mean);
    }
  }

  /** Both vectors, which callers must not change. */
  ModelState values() throws IOException {
    return new ModelState(parameters.values(), optimizer.values());
  }

  /** Nobody needs what tasks made, or were to make. Driver only. */
  void destroy() {
    parameters.destroy();
    if (wholly) {
      optimizer.destroy();
    }
  }
}
