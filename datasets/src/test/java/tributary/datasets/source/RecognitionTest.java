package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.testing.HandMade;

class RecognitionTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "reviews.csv, csv",
    "reviews.CSV.gz, csv",
    "reviews.tsv, tsv",
    "reviews.tab, tsv",
    "reviews.jsonl, jsonl",
    "reviews.ndjson, jsonl",
    "reviews.json, ",
    "reviews.parquet, ",
    "csv, csv",
  })
  void aTableIsToldByItsEnding(String name, String format) throws IOException {
    Files.writeString(folder.resolve(name), "text,label\n");

    assertThat(recognized(name).map(SourceFormat::title)).isEqualTo(Optional.ofNullable(format));
  }

  @ParameterizedTest
  @CsvSource({
    "cat/a.jpg, image-folder",
    "cat/a.JPEG, image-folder",
    "cat/a.gif, image-folder",
    "train/cat/old/a.png, image-folder",
    "spam/a.txt, text-folder",
    "train/spam/a.TXT, text-folder",
    "images/archive.tar, ",
    "a.jpg, ",
    "packed/train-00000.tar, ",
  })
  void foldersAreToldByTheFirstFileInThem(String file, String format) throws IOException {
    Drawings.write(folder.resolve("root").resolve(file), new byte[] {1});

    assertThat(recognized("root").map(SourceFormat::title)).isEqualTo(Optional.ofNullable(format));
  }

  @Test
  void aPictureIsToldByItsBytesToo() throws IOException {
    Drawings.write(folder.resolve("root/cat/n0123_7"), Drawings.jpeg(1));

    assertThat(recognized("root")).contains(SourceFormat.IMAGE_FOLDER);
  }

  @Test
  void emptyFoldersAndHiddenFilesSayNothing() throws IOException {
    Files.createDirectories(folder.resolve("root/bird"));
    Drawings.write(folder.resolve("root/cat/.a.txt"), new byte[] {1});
    assertThat(recognized("root")).isEmpty();

    Drawings.write(folder.resolve("root/dog/z.png"), Drawings.png(1));
    assertThat(recognized("root")).contains(SourceFormat.IMAGE_FOLDER);
  }

  @Test
  void aPackedDatasetIsNoneWhateverLiesBesideIt() throws IOException {
    Drawings.write(folder.resolve("data/cat/a.jpg"), Drawings.jpeg(1));
    HandMade.dataset(folder.resolve("data"), 3).close();

    assertThat(recognized("data")).isEmpty();
    assertThat(recognized("nothing")).isEmpty();
  }

  private Optional<SourceFormat> recognized(String name) throws IOException {
    return SourceFormat.recognized(folder.resolve(name).toString(), new Configuration());
  }
}
