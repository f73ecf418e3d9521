package tributary.worker.engine;

/**
 * What one step reports.
 *
 * @param loss mean loss over the minibatch in nats, regularisation included, before the update; of
 *     sequences that are trained in segments, with an update after each, the sum over these
 * @param times where the time went
 */
public record StepResult(double loss, StepTimes times) {}
