package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import scala.Tuple2;
import tributary.driver.exchange.Message.Outgoing;
import tributary.driver.exchange.Message.Raw;
import tributary.worker.model.ModelState;

/**
 * A state that tasks are about to make. Its slices are numbered: those of the parameters, then
 * those of the optimizer's values if they are averaged, too. Sent.
 *
 * @param parameters how they are averaged
 * @param optimizer how its values are; null if they stay what they are
 */
record NextState(Averaging parameters, FullAveraging optimizer) implements Serializable {
  /** How many slices tasks make. */
  int count() {
    return parameters.mean().slices().count() + (optimizer == null ? 0 : optimizerSlices().count());
  }

  /** Bytes of all slices that a replica sends, at most. */
  long bytes() {
    long floats = parameters.mean().slices().length();
    return (floats + (optimizer == null ? 0 : optimizerSlices().length())) * Float.BYTES;
  }

  /** What a replica sends, slice by slice. */
  List<Tuple2<Integer, Message>> cut(int replica, long weight, ModelState start, ModelState end) {
    List<Content> contents = new ArrayList<>();
    for (int slice = 0; slice < parameters.mean().slices().count(); slice++) {
      contents.add(parameters.outgoing(slice, start.parameters(), end.parameters()));
    }
    for (int slice = 0; optimizer != null && slice < optimizerSlices().count(); slice++) {
      contents.add(optimizer.outgoing(slice, start.optimizer(), end.optimizer()));
    }
    List<Tuple2<Integer, Message>> messages = new ArrayList<>();
    for (Content content : contents) {
      messages.add(new Tuple2<>(messages.size(), new Outgoing(replica, weight, content)));
    }
    return messages;
  }

  /** Averages a slice. */
  SliceMean average(int slice, List<Raw> blocks) throws IOException {
    int inParameters = parameters.mean().slices().count();
    return slice < inParameters
        ? parameters.average(slice, blocks)
        : optimizer.average(slice - inParameters, blocks);
  }

  /** Keeps the mean of a slice in this process for all to fetch. */
  void put(int slice, SliceMean mean) {
    int inParameters = parameters.mean().slices().count();
    if (slice < inParameters) {
      parameters.put(slice, mean);
    } else {
      optimizer.put(slice - inParameters, mean);
    }
  }

  /**
   * What tasks have made. Driver only.
   *
   * @param start where they began
   */
  ModelState values(ModelState start) throws IOException {
    return new ModelState(
        parameters.mean().valuesAfter(start.parameters()),
        optimizer == null ? start.optimizer() : optimizer.mean().values());
  }

  /** What rounding has left, for the next round; empty if nothing is rounded. Driver only. */
  Residual residual() throws IOException {
    return parameters instanceof DeltaAveraging deltas ? deltas.after().collect() : Residual.NONE;
  }

  /** Nobody needs what tasks made, or were to make. Driver only. */
  void destroy() {
    parameters.mean().destroy();
    if (parameters instanceof DeltaAveraging deltas) {
      deltas.after().destroy();
    }
    if (optimizer != null) {
      optimizer.mean().destroy();
    }
  }

  private Slices optimizerSlices() {
    return optimizer.mean().slices();
  }
}
