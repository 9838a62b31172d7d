"""Readers of voices, on sets of made-up voices in the layouts of the real ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

from mimik.data.base import READERS, Sample, Skipped, load_reader, read_samples
from mimik.data.guess import guess_reader
from mimik.data.voices.people import VoiceReader
from mimik.data.voices.sounds import sound_loader
from mimik.errors import (
    DataError,
    DecodeError,
    MimikWarning,
    NoPictureError,
    SourceNotFoundError,
    UnknownNameError,
)
from mimik.facs import ACTION_UNITS
from voiced import RATE, voice

VOICES = [name for name in READERS if isinstance(load_reader(name), VoiceReader)]
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.mark.parametrize("name", VOICES)
def test_nobody_is_in_two_folds(name: str) -> None:
    reader = load_reader(name)
    assert isinstance(reader, VoiceReader)
    films = name in ("ravdess", "cremad", "mmi")
    assert reader.tasks == (("voice", "filmed") if films else ("voice",))
    assert reader.splits == ("fold0", "fold1", "fold2", "fold3", "fold4")
    listed = [person for own in reader.people for person in own]
    assert len(listed) == len(set(listed))
    assert [reader.fold(person) for person in listed] == [
        k for k, own in enumerate(reader.people) for _ in own
    ]
    assert 0 <= reader.fold("someone new") < 5


def test_ravdess(tmp_path: Path, save_sound, zipped) -> None:
    root = tmp_path / "RAVDESS"
    save_sound(root / "Actor_01/03-01-01-01-01-02-01.wav")
    save_sound(root / "Actor_12/03-01-06-02-02-01-12.wav")
    for path in (root, tmp_path, zipped(root), zipped(root, "RAVDESS")):
        first, second = load_reader("ravdess").read(path)
        assert (first.labels, first.group, first.split, first.fold) == (
            {"voice": "neutral"}, "RAVDESS 01", "fold4", 4
        )  # fmt: skip
        assert (second.labels, second.group, second.split) == ({"voice": "fear"}, "RAVDESS 12", "fold2")
        assert first.subgroup == {
            "gender": "male", "intensity": "normal", "statement": "kids", "language": "English"
        }  # fmt: skip
        assert second.subgroup["gender"] == "female" and second.subgroup["intensity"] == "strong"
        assert second.key == "Actor_12/03-01-06-02-02-01-12.wav"
        assert second.hear is not None
        heard = second.hear()
        assert (heard.dtype, heard.shape) == (np.float32, (8000,))
        with pytest.raises(DecodeError, match="holds sound, and no picture"):
            second.load()
        assert guess_reader(path) == guess_reader(path, "voice") == "ravdess"
    assert [s.key for s in load_reader("ravdess").read(root, "fold2")] == [second.key]
    with pytest.raises(UnknownNameError, match="unknown split 'train'"):
        list(load_reader("ravdess").read(root, "train"))


def test_what_ravdess_leaves_out(tmp_path: Path, save_sound) -> None:
    root = tmp_path / "RAVDESS"
    save_sound(root / "Audio_Speech_Actors_01-24/Actor_02/03-01-03-01-01-01-02.wav")
    save_sound(root / "Audio_Song_Actors_01-24/Actor_02/03-02-03-01-01-01-02.wav")
    for name in ("01-01-03-01-01-01-02.mp4", "02-01-03-01-01-01-02.mp4", "01-01-04-01-01-01-02.mp4", "a.wav"):
        file = root / "Video_Speech_Actor_02/Actor_02" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    samples, skipped = read_samples(load_reader("ravdess"), root)
    assert [s.key for s in samples] == [
        "Audio_Speech_Actors_01-24/Actor_02/03-01-03-01-01-01-02.wav",
        "Video_Speech_Actor_02/Actor_02/01-01-04-01-01-01-02.mp4",
    ]
    assert [s.watch is not None for s in samples] == [True, True]
    assert [s.labels for s in samples] == [{"voice": own, "filmed": own} for own in ("happy", "sad")]
    assert {item.key.rpartition("/")[2]: item.reason for item in skipped} == {
        "03-02-03-01-01-01-02.wav": "sung",
        "02-01-03-01-01-01-02.mp4": "video without sound",
        "a.wav": "not named as RAVDESS names clips",
    }


def test_nemo(tmp_path: Path, save_sound, zipped) -> None:
    root = tmp_path / "nEMO"
    save_sound(root / "samples/WR0_surprised_64.wav")
    save_sound(root / "samples/EB0_neutral_1.wav")
    (root / "data.tsv").write_text(
        "file_id\temotion\traw_text\tspeaker_id\tgender\tage\n"
        "WR0_surprised_64.wav\tsurprised\tUcho, tak.\tWR0\tmale\t23\n"
        'XX0_anger_1.wav\tanger\t"""Tak"""\tXX0\tfemale\t31\n'
    )
    for path in (root, tmp_path, zipped(root)):
        (sample,), skipped = read_samples(load_reader("nemo"), path)
        assert (sample.key, sample.labels) == ("samples/WR0_surprised_64.wav", {"voice": "surprise"})
        assert (sample.group, sample.split) == ("nEMO WR0", "fold1")
        assert sample.subgroup == {"gender": "male", "age_group": "20-29", "language": "Polish"}
        assert skipped == [
            Skipped("samples/XX0_anger_1.wav", "the clip is missing"),
            Skipped("samples/EB0_neutral_1.wav", "not in data.tsv"),
        ]
        assert guess_reader(path) == "nemo"
    (root / "data.tsv").write_text("file_id\temotion\tspeaker_id\nWR0_surprised_64.wav\tsurprised\n")
    with pytest.raises(DataError, match="line 2: expected an emotion and a speaker"):
        list(load_reader("nemo").read(root))


@pytest.mark.parametrize("table", ["erkennung.txt", "labels.csv", ""])
def test_emodb(tmp_path: Path, save_sound, zipped, table: str) -> None:
    root = tmp_path / "EMO-DB"
    for name in ("03a01Fa.wav", "16b10Lb.wav", "99a01Fa.wav"):
        save_sound(root / "wav" / name)
    if table == "erkennung.txt":
        (root / table).write_text("Satz\terkannt\tnat\xfcrlich\n03a01Fa.wav\t90,00\t75.00\n", "latin-1")
    elif table:
        (root / table).write_text("file,recognised\nwav/03a01Fa.wav,95.24\nwav/16b10Lb.wav,\n")
    for path in (root, tmp_path, zipped(root)):
        (first, second), skipped = read_samples(load_reader("emodb"), path)
        assert (first.key, first.labels, first.group) == ("wav/03a01Fa.wav", {"voice": "happy"}, "EMO-DB 03")
        assert (second.labels, second.split) == ({"voice": "bored"}, "fold4")
        known = {"recognised": "90 to 99 %"} if table else {}
        assert first.subgroup == {
            "gender": "male", "age_group": "30-39", "language": "German", "statement": "a01", **known
        }  # fmt: skip
        assert skipped == [Skipped("wav/99a01Fa.wav", "not named as EMO-DB names clips")]
        assert guess_reader(path) == "emodb"
    assert [s.key for s in read_samples(load_reader("emodb"), root / "wav")[0]] == [
        "03a01Fa.wav",
        "16b10Lb.wav",
    ]


def test_an_unreadable_recognition_rate(tmp_path: Path, save_sound) -> None:
    save_sound(tmp_path / "wav/03a01Fa.wav")
    (tmp_path / "labels.csv").write_text("file,recognised\nwav/03a01Fa.wav,often\n")
    with pytest.raises(DataError, match="line 2: expected a recognition rate in percent, found 'often'"):
        list(load_reader("emodb").read(tmp_path))


def test_a_table_of_voices(tmp_path: Path, save_sound) -> None:
    save_sound(tmp_path / "a.wav", length_s=1)
    (tmp_path / "m.csv").write_text(
        "path,voice,subject,start_s,end_s,split,gender,age,language\n"
        "a.wav,Boredom,P1,0.25,0.75,train,Woman,33.5,Urdu\n"
        "a.wav,fearful,P1,0.5,,train,,,\n"
        "b.wav,Anger,P2,,,test,,,\n"
    )
    first, second, third = load_reader("csv").read(tmp_path / "m.csv")
    assert (first.key, first.labels, first.group) == ("a.wav#0.25-0.75", {"voice": "bored"}, "P1")
    assert first.subgroup == {"gender": "female", "age_group": "30-39", "language": "Urdu"}
    assert (second.key, second.labels) == ("a.wav#0.5-", {"voice": "fear"})
    assert (third.key, third.split) == ("b.wav", "test")
    assert first.hear is not None and second.hear is not None and third.hear is not None
    assert first.hear().shape == second.hear().shape == (8000,)
    with pytest.raises(SourceNotFoundError, match="the clip is missing"):
        third.hear()
    assert guess_reader(tmp_path / "m.csv", "voice") == "csv"


def test_labels_of_recordings_are_voices(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,label\na.wav,happy\nb.FLV,sadness\nc.png,happy\n")
    found = [(s.labels, s.hear is not None) for s in load_reader("csv").read(tmp_path / "m.csv")]
    assert found == [
        ({"voice": "happy"}, True),
        ({"voice": "sad", "filmed": "sad"}, True),
        ({"emotion": "happy"}, False),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a.wav,happy,P1,train,,\nb.wav,sad,P1,test,,", r"P1 is heard in several splits \(test, train\)"),
        ("a.wav,happy,,train,,\nb.wav,sad,P1,test,,", "doesn't say who speaks in all of their rows"),
        ("a.wav,happy,P1,train,2,1", "line 2: end_s must be above start_s, found 2 and 1"),
        ("a.wav,happy,P1,train,now,", "line 2: expected start_s as a number, 0 or more, found 'now'"),
    ],
)
def test_tables_of_voices_that_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(f"path,voice,subject,split,start_s,end_s\n{rows}\n")
    with pytest.raises(DataError, match=message):
        list(load_reader("csv").read(tmp_path / "m.csv"))


def test_clips_that_cant_be_heard(tmp_path: Path, save_sound) -> None:
    file = tmp_path / "a.wav"
    file.write_text(POINTER)
    with pytest.raises(DecodeError, match=r"a\.wav: a Git LFS pointer, not the recording itself"):
        sound_loader(file)()
    file.write_bytes(b"nothing that is sound")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(file, "in/a.wav")
    for place in (file, zipfile.Path(tmp_path / "z.zip", "in/a.wav")):
        with pytest.raises(DecodeError, match=r"a\.wav: "):
            sound_loader(place)()
    with pytest.raises(SourceNotFoundError, match=r"b\.wav: the clip is missing"):
        sound_loader(zipfile.Path(tmp_path / "z.zip", "in/b.wav"))()
    save_sound(file)
    with pytest.raises(DecodeError, match="no sound in the time range"):
        sound_loader(file, 3.0)()
    file.write_bytes(file.read_bytes()[:-4000])
    with pytest.warns(MimikWarning, match=r"a\.wav: cut short"):
        assert sound_loader(file)().shape == (6000,)


def test_emospeech(tmp_path: Path, save_sound, zipped) -> None:
    root = tmp_path / "EmoSpeech"
    for name in ("001_go_fearful_1562998267283.wav", "096_no_calm_??.wav", "001_go_1.wav"):
        save_sound(root / "wav" / name)
    (root / "labels.csv").write_text("file,noise\nwav/001_go_fearful_1562998267283.wav,safe\n")
    for path in (root, tmp_path, zipped(root)):
        (first, second), skipped = read_samples(load_reader("emospeech"), path)
        assert (first.labels, first.group) == ({"voice": "fear"}, "EmoSpeech 001")
        assert first.subgroup == {"language": "English, India", "statement": "go", "noise": "safe"}
        assert (second.labels, second.group) == ({"voice": "calm"}, "EmoSpeech 096")
        assert skipped == [Skipped("wav/001_go_1.wav", "not named as EmoSpeech names clips")]
        assert guess_reader(path) == "emospeech"


def save_flash(path: Path, sound: bool = True) -> Path:
    """A Flash video of a second, with a made-up voice unless it is to have none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        picture = out.add_stream("flv1", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        track = out.add_stream("libmp3lame", rate=44100, layout="mono") if sound else None
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="rgb24")
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if track:
            heard = av.AudioFrame.from_ndarray(voice(1.0)[None], format="flt", layout="mono")
            heard.sample_rate = RATE
            for part in [*av.AudioResampler("fltp", "mono", 44100).resample(heard), None]:
                out.mux(track.encode(part))
    return path


RATED = {
    "processedResults/tabulatedVotes.csv": '"","A","D","F","H","N","S","fileName","numResponses"\n'
    '"100001",1,0,7,0,2,0,"1001_DFA_FEA_XX",10\n"100002",6,0,0,0,2,1,"1002_IEO_SAD_LO",9\n'
    '"200001",9,0,0,0,0,0,"1001_DFA_FEA_XX",9\n',
    "finishedResponses.csv": '"","localid","queryType","clipName","respEmo"\n'
    + '"1","r",1,"1001_DFA_FEA_XX","F"\n' * 7
    + '"2","r",1,"1001_DFA_FEA_XX","A"\n"3","r",1,"1001_DFA_FEA_XX","N"\n'
    + '"4","r",1,"1001_DFA_FEA_XX","N"\n"5","r",2,"1001_DFA_FEA_XX","A"\n'
    + '"6","r",1,"1002_IEO_SAD_LO","A"\n',
    "processedResults/summaryTable.csv": '"","FileName","VoiceVote","VoiceLevel"\n'
    '"1","1001_DFA_FEA_XX","F:N","50:50"\n"2","1002_IEO_SAD_LO","A","60"\n',
    "": "",
}


@pytest.mark.parametrize("table", RATED)
def test_cremad(tmp_path: Path, save_sound, table: str) -> None:
    root = tmp_path / "CREMA-D"
    save_sound(root / "AudioWAV/1001_DFA_FEA_XX.wav")
    save_flash(root / "VideoFlash/1001_DFA_FEA_XX.flv")
    save_flash(root / "VideoFlash/1002_IEO_SAD_LO.flv")
    (root / "VideoFlash/1001_DFA_FEA_XX.mp4").write_bytes(b"")
    save_sound(root / "AudioWAV/1040_ITH_SAD_X.wav")
    save_sound(root / "AudioWAV/1076_MTI_SAD_XX.wav")
    save_sound(root / "AudioWAV/notes.wav")
    people = '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
    (root / "VideoDemographics.csv").write_text(people)
    if table:
        (root / table).parent.mkdir(exist_ok=True)
        (root / table).write_text(RATED[table])
    (first, second, third), skipped = read_samples(load_reader("cremad"), tmp_path)
    assert (first.key, first.labels) == ("AudioWAV/1001_DFA_FEA_XX.wav", {"voice": "fear", "filmed": "fear"})
    assert (first.group, first.split) == ("CREMA-D 1001", "fold0")
    recognised = {"recognised": "yes"} if table else {}
    assert first.subgroup == {
        "gender": "male", "age_group": "50-59", "ethnicity": "Caucasian", "language": "English",
        "intensity": "unspecified", "statement": "DFA", **recognised,
    }  # fmt: skip
    assert (second.labels, second.subgroup["intensity"]) == ({"voice": "sad"}, "unspecified")
    assert (third.key, third.split) == ("VideoFlash/1002_IEO_SAD_LO.flv", "fold1")
    assert third.subgroup["intensity"] == "low" and third.hear is not None
    assert [s.watch is not None for s in (first, second, third)] == [True, False, True]
    for sample in (first, third):
        seen = sample.watch(20)  # The test's videos are 25 pictures, each a little lighter.
        assert len(seen) == 20 and seen[0].shape == (48, 64, 3)
        assert seen[0].mean() < 3 < 21 < seen[-1].mean()
    with pytest.raises(NoPictureError, match=r"SAD_LO\.flv: has 25 pictures, and 26 are needed"):
        third.watch(26)
    assert abs(len(third.hear()) - RATE) < 0.1 * RATE
    assert {item.key: item.reason for item in skipped} == {
        "AudioWAV/1076_MTI_SAD_XX.wav": "faulty, as its authors say",
        "AudioWAV/notes.wav": "not named as CREMA-D names clips",
        "VideoFlash/1001_DFA_FEA_XX.mp4": "the video is there as another file, too",
    }
    if table.startswith(("processedResults/t", "f")):
        assert first.votes["voice"].tolist() == [1, 0, 7, 0, 0, 0, 2, 0, 0]
    else:
        assert not first.votes
    doubts = {"most of those who heard the voice alone named another emotion": [third.key]} if table else {}
    assert load_reader("cremad").doubts(root) == doubts
    assert guess_reader(root) == guess_reader(root, "voice") == "cremad"


def test_damaged_tables_of_cremad(tmp_path: Path, save_sound) -> None:
    save_sound(tmp_path / "AudioWAV/1001_DFA_FEA_XX.wav")
    (tmp_path / "processedResults").mkdir()
    table = tmp_path / "processedResults/tabulatedVotes.csv"
    table.write_text('"","A","D","F","H","N","S","fileName"\n"100001",1,0,x,0,2,0,"1001_DFA_FEA_XX"\n')
    with pytest.raises(DataError, match="line 2: expected counts of A, D, F, H, N, S and a fileName"):
        list(load_reader("cremad").read(tmp_path))
    (tmp_path / "VideoDemographics.csv").write_text("ActorID,Age,Sex,Race\n1001,old,Male,\n")
    with pytest.raises(DataError, match="line 2: expected an age in years, found 'old'"):
        list(load_reader("cremad").read(tmp_path))


def test_a_clip_without_a_sound_says_so(tmp_path: Path) -> None:
    save_flash(tmp_path / "VideoFlash/1001_DFA_FEA_XX.flv", sound=False)
    (sample,) = load_reader("cremad").read(tmp_path)
    assert isinstance(sample, Sample) and sample.hear is not None
    with pytest.raises(DecodeError, match=r"1001_DFA_FEA_XX\.flv: has no audio track"):
        sample.hear()


def save_session(
    folder: Path, name: str, value: str, units: str = "", subject: str = '<subject id="3"/>'
) -> None:
    folder.mkdir(parents=True)
    (folder / "session.xml").write_text(
        f'<session xmlns="urn:mmi">{subject}<track filename="{name}.avi"/></session>'
    )
    (folder / f"{name}.avi").write_bytes(b"")
    (folder / f"{name}.xml").write_text(f'<Meta><Metatag Name="Emotion" Value="{value}"/></Meta>')
    if units:
        (folder / f"{name}-oao_aucs.xml").write_text(f"<Annotation>{units}</Annotation>")


def test_mmi(tmp_path: Path) -> None:
    root = tmp_path / "MMI" / "Sessions"
    units = '<ActionUnit Number="12"><Marker Frame="9" Type="1"/></ActionUnit><ActionUnit Number="6"/>'
    person = '<subject id="3" gender="Female"/>'
    save_session(root / "1", "S001-001", "4", units, person)
    save_session(root / "2", "S002-110", "6", subject="")
    save_session(root / "3", "S003-001", "9")
    save_session(root / "4", "odd", "1", subject="")
    (root / "5").mkdir()
    (root / "5/session.xml").write_text("<session/>")
    (first, second), skipped = read_samples(load_reader("mmi"), tmp_path / "MMI")
    assert (first.key, first.labels) == ("Sessions/1/S001-001.avi", {"voice": "happy", "filmed": "happy"})
    assert (first.group, first.subgroup) == ("MMI 3", {"gender": "female"})
    assert [name for name, there in zip(ACTION_UNITS, first.scores["au"], strict=True) if there] == [
        "AU06",
        "AU12",
    ]
    assert (second.group, second.labels, dict(second.scores)) == (
        "MMI S002",
        {"voice": "surprise", "filmed": "surprise"},
        {},
    )
    assert {item.key: item.reason for item in skipped} == {
        "Sessions/3/S003-001.avi": "no emotion of the six",
        "Sessions/4/odd.avi": "the session doesn't say who is seen",
        "Sessions/5/": "a session without a clip",
    }
    assert guess_reader(tmp_path / "MMI") == "mmi"
    (root / "1/session.xml").write_text("<session>")
    with pytest.raises(DataError, match=r"session\.xml: not readable as XML"):
        list(load_reader("mmi").read(root))
