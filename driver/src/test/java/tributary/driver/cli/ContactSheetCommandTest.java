package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;

@Timeout(60)
class ContactSheetCommandTest {
  private static final List<String> AUGMENTED =
      List.of(
          "--set=input.image-height=40",
          "--set=input.image-width=48",
          "--set=input.crop=random-resized",
          "--set=input.flip=horizontal",
          "--set=input.brightness=0.4");

  @TempDir Path folder;

  private Path photos;
  private StringWriter out;
  private StringWriter errors;

  @BeforeEach
  void packPhotos() throws IOException {
    photos = Files.createDirectory(folder.resolve("photos"));
    HandMade.photos(photos, i -> Photos.jpeg(60 + i, 50, i), Optional.empty(), 20, 1).close();
  }

  @Test
  void drawsWhatTheNetworkSeesAndTellsWhere() throws IOException {
    Path file = folder.resolve("sheet.png");
    assertThat(draw(photos, file, "--json")).as("%s", errors).isEqualTo(ExitCode.OK);
    assertThat(new ObjectMapper().readTree(out.toString()).path("contact-sheet").asText())
        .isEqualTo(file.toString());
    BufferedImage sheet = ImageIO.read(file.toFile());
    assertThat(sheet.getWidth()).isEqualTo(120 + 7 * (2 * 48 + 4));
    assertThat(sheet.getHeight()).isEqualTo(16 + 4 + 12 * (2 * 40 + 4));

    Path text = folder.resolve("text.png");
    assertThat(draw(photos, text)).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("contact sheet " + text + ", in evaluation and in epochs 0 to 5");
    assertThat(text).hasSameBinaryContentAs(file);
  }

  @Test
  void theSeedAndTheSettingsOfTheRunDecide() throws IOException {
    Path file = folder.resolve("sheet.png");
    Path seed = folder.resolve("seed.png");
    Path flip = folder.resolve("flip.png");
    assertThat(draw(photos, file)).isEqualTo(ExitCode.OK);
    assertThat(draw(photos, seed, "--set=training.seed=43")).isEqualTo(ExitCode.OK);
    assertThat(draw(photos, flip, "--set=input.flip=none")).isEqualTo(ExitCode.OK);
    assertThat(Files.readAllBytes(seed)).isNotEqualTo(Files.readAllBytes(file));
    assertThat(Files.readAllBytes(flip)).isNotEqualTo(Files.readAllBytes(file));
  }

  @Test
  void mixedExamplesAreShownMixedAndTold() throws IOException {
    Path plain = folder.resolve("plain.png");
    Path mixed = folder.resolve("mixed.png");
    assertThat(draw(photos, plain)).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).doesNotContain("mixed");
    assertThat(draw(photos, mixed, "--set=input.mixup=1")).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("in epochs 0 to 5, mixed with each other as if they were a minibatch");
    assertThat(Files.readAllBytes(mixed)).isNotEqualTo(Files.readAllBytes(plain));
  }

  @Test
  void greyImagesMakeAGreySheet() throws IOException {
    Path grey = folder.resolve("grey");
    HandMade.dataset(grey, 30).close();
    Path file = folder.resolve("grey.png");
    assertThat(run("inspect", "--data=" + grey, "--contact-sheet=" + file))
        .as("%s", errors)
        .isEqualTo(ExitCode.OK);
    assertThat(ImageIO.read(file.toFile()).getRaster().getNumBands()).isEqualTo(1);
  }

  @Test
  void aFileThatIsThereIsKept() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.png"), "mine");
    requireError(
        ExitCode.DATA,
        "The contact sheet " + file + " is there already; remove it or name another file",
        draw(photos, file));
    assertThat(file).hasContent("mine");
  }

  @Test
  void aFileThatCannotBeWrittenIsTold() {
    Path nowhere = folder.resolve("missing/sheet.png");
    requireError(
        ExitCode.DATA,
        "Cannot write the contact sheet " + nowhere + " as user ",
        draw(photos, nowhere));
    assertThat(errors.toString()).contains(": its folder is missing");
    Path underFile = photos.resolve("manifest.json/sheet.png");
    requireError(
        ExitCode.DATA,
        "Cannot write the contact sheet " + underFile + " as user ",
        draw(photos, underFile));
  }

  @Test
  void imagesOfDifferentSizesNeedASize() {
    requireError(
        ExitCode.USAGE,
        "The dataset's images differ in size: set input.image-height",
        run("inspect", "--data=" + photos, "--contact-sheet=" + folder.resolve("a.png")));
    assertThat(folder.resolve("a.png")).doesNotExist();
  }

  @Test
  void aDatasetWithoutImagesHasNoSheet() throws IOException {
    Path text = Files.createDirectory(folder.resolve("text"));
    Manifest manifest =
        new Manifest(Task.LANGUAGE_MODEL, List.of(), null, Map.of("train", List.of()));
    Files.write(text.resolve(Manifest.FILE_NAME), manifest.toJson());
    requireError(
        ExitCode.DATA,
        "The dataset " + text + " is for ",
        run("inspect", "--data=" + text, "--contact-sheet=" + folder.resolve("b.png")));
  }

  @Test
  void optionsThatWouldDoNothingAreRefused() {
    requireError(
        ExitCode.USAGE,
        "--contact-sheet is for --data DIR",
        run("inspect", "--model=lenet", "--contact-sheet=" + folder.resolve("c.png")));
    requireError(
        ExitCode.USAGE,
        "--conf and --set are for --contact-sheet FILE",
        run("inspect", "--data=" + photos, "--set=input.flip=none"));
  }

  private int draw(Path data, Path file, String... more) {
    List<String> words = new ArrayList<>(List.of("inspect", "--data=" + data));
    words.add("--contact-sheet=" + file);
    words.addAll(AUGMENTED);
    words.addAll(Arrays.asList(more));
    return run(words.toArray(String[]::new));
  }

  private int run(String... arguments) {
    out = new StringWriter();
    errors = new StringWriter();
    return Tributary.run(new PrintWriter(out, true), new PrintWriter(errors, true), arguments);
  }

  private void requireError(int code, String expected, int found) {
    assertThat(found).as("%s%s", out, errors).isEqualTo(code);
    assertThat(errors.toString()).contains(expected).doesNotContain("\tat ");
  }
}
