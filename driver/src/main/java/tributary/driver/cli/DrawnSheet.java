package tributary.driver.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.minibatch.ContactSheet;
import tributary.datasets.minibatch.ContactSheet.Column;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.minibatch.Preprocessing;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.run.Datasets;
import tributary.driver.run.ImagePipelines;

/**
 * A contact sheet in a file.
 *
 * @param file a PNG
 * @param columns what it shows, in words
 */
record DrawnSheet(Path file, String columns) {
  private static final int ROWS = 12;
  private static final int EPOCHS = 6;

  /**
   * Draws training images as evaluation and the first epochs of a run with these settings see them.
   *
   * @param file must not be there yet
   * @throws DataException if it is there, or cannot be written; or the dataset has no such images
   */
  static DrawnSheet draw(Settings settings, Configuration hadoop, Path file) throws IOException {
    if (Files.exists(file)) {
      throw isThere(file);
    }
    try (Dataset dataset = Datasets.openImages(settings, hadoop, List.of(Key.TRAIN_SPLIT))) {
      ContactSheet sheet =
          new ContactSheet(
              dataset, settings.text(Key.TRAIN_SPLIT), columns(settings, dataset.manifest()));
      write(PngEncoder.encode(sheet.draw(ROWS, settings.number(Key.SEED))), file);
    }
    return new DrawnSheet(
        file,
        Checks.format(
            "in evaluation and in epochs 0 to %d%s",
            EPOCHS - 1,
            settings.decimal(Key.MIXUP) > 0
                ? ", mixed with each other as if they were a minibatch"
                : ""));
  }

  private static List<Column> columns(Settings settings, Manifest data) {
    List<Column> columns = new ArrayList<>();
    columns.add(column("evaluation", ImagePipelines.evaluation(settings, data), settings, data, 0));
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      ImagePipeline training = ImagePipelines.training(settings, data);
      columns.add(column("epoch " + epoch, training, settings, data, epoch));
    }
    return columns;
  }

  private static Column column(
      String title, ImagePipeline pipeline, Settings settings, Manifest data, int epoch) {
    return new Column(
        title,
        new Preprocessing(
            pipeline,
            Normalization.of(data.images().statistics()),
            settings.number(Key.SEED),
            epoch));
  }

  private static void write(byte[] png, Path file) throws IOException {
    try {
      Files.write(file, png, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw isThere(file);
    } catch (IOException e) {
      DataException unwritable =
          new DataException(
              Checks.format(
                  "Cannot write the contact sheet %s as user %s: %s",
                  file, System.getProperty("user.name"), reason(e)));
      unwritable.initCause(e);
      throw unwritable;
    }
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "its folder is missing";
    }
    return e instanceof AccessDeniedException ? "access denied" : e.getMessage();
  }

  private static DataException isThere(Path file) {
    return new DataException(
        "The contact sheet " + file + " is there already; remove it or name another file");
  }
}
