package tributary.driver.run;

import tributary.datasets.DataException;
import tributary.datasets.shard.Manifest;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.worker.model.RateSchedule;

/**
 * Turns the settings' lengths, which are in epochs, into a schedule that counts optimizer steps.
 */
final class RateSchedules {
  private RateSchedules() {}

  /** The learning rate's schedule on a dataset. */
  static RateSchedule of(Settings settings, Manifest data) throws DataException {
    long stepsPerEpoch = RoundSetups.stepsPerEpoch(settings, data);
    long warmup = steps(settings.decimal(Key.WARMUP_EPOCHS), stepsPerEpoch);
    long decay = steps(settings.decimal(Key.DECAY_EPOCHS), stepsPerEpoch);
    long rest = stepsPerEpoch * settings.integer(Key.EPOCHS) - warmup;
    return new RateSchedule(
        settings.choice(Key.SCHEDULE, RateSchedule.Type.class),
        warmup,
        Math.max(1, settings.decimal(Key.DECAY_EPOCHS) == 0 ? rest : decay),
        settings.decimal(Key.DECAY_FACTOR),
        settings.decimal(Key.DECAY_POWER),
        settings.decimal(Key.LAST_LEARNING_RATE));
  }

  private static long steps(double epochs, long stepsPerEpoch) {
    return Math.round(epochs * stepsPerEpoch);
  }
}
