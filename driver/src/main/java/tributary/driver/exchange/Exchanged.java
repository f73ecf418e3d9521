package tributary.driver.exchange;

import java.io.Serializable;
import java.util.List;
import tributary.worker.model.ModelState;

/**
 * What an exchange came to.
 *
 * @param reports one per replica, in replica order
 * @param mean of where they ended, weighted; where they began if none has a weight
 * @param residual what rounding has left of their move, for the next exchange
 * @param times what it took
 */
public record Exchanged<R extends Serializable>(
    List<R> reports, ModelState mean, Residual residual, ExchangeTimes times) {}
