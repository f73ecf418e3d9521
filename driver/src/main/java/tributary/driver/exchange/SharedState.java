package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import tributary.worker.model.ModelState;

/** A state that all processes read. Sent. */
record SharedState(SharedVector parameters, SharedVector optimizer) implements Serializable {
  /** Both vectors, which callers must not change. */
  ModelState values() throws IOException {
    return new ModelState(parameters.values(), optimizer.values());
  }
}
