#include "ledger/notice.hpp"

#include "remote_tiles.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t max_notice = 1u << 20;
constexpr std::string_view begin_mark = "-----BEGIN LEDGER CHECKPOINT-----";
constexpr std::string_view end_mark = "-----END LEDGER CHECKPOINT-----";

}  // namespace

Result<std::string> write_notice(std::string_view note_text, Instant now) {
  MINBEN_TRY(note, parse_note(note_text));
  MINBEN_TRY(checkpoint, parse_checkpoint(note.text));
  const Date day = taiwan_date(now);
  return fmt::format(
      "公開帳本公告  {0}\n\n帳本 {2} 至今共有 {3} 筆紀錄，根雜湊值為\n{4}\n"
      "請保存這份公告：日後只要以它查驗，就能知道此前的紀錄有沒有被改動。\n\n"
      "Notice of a ledger, {1}\n\nThe ledger {2} holds {3} entries. Its root hash is\n{4}\n"
      "Keep this notice: with it anybody can tell later whether an entry before it was changed.\n"
      "  minben ledger continues LOG --notice THIS-FILE --key ledger.vkey\n\n{5}\n{6}{7}\n",
      long_date(day, Language::zh_hant), long_date(day, Language::en), checkpoint.origin,
      checkpoint.size, base64_encode(checkpoint.root), begin_mark, note_text, end_mark);
}

Result<std::string> note_of_notice(std::string_view text) {
  const auto bad = [](std::string_view detail) {
    return fail(Kind::invalid, "not_a_notice", detail);
  };
  if (text.size() > max_notice) return bad("larger than 1 MB");
  std::string note;
  bool inside = false;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (!inside) {
      inside = line == begin_mark;
    } else if (line == end_mark) {
      MINBEN_CHECK(parse_note(note));
      return note;
    } else {
      note.append(line).append("\n");
    }
  }
  return bad(inside ? "its end is missing" : "there is no checkpoint in it");
}

Result<Checkpoint> check_continues(const Source& log, const NoteVerifier& key,
                                   const Checkpoint& earlier) {
  MINBEN_TRY(text, log.read("checkpoint"));
  if (!text) return fail(Kind::not_found, "missing_file", "no checkpoint", "checkpoint");
  MINBEN_TRY(newest, open_checkpoint(as_text(*text), key));
  if (newest.origin != earlier.origin)
    return fail(Kind::invalid, "wrong_origin", "the notice is of another log");
  if (newest.size < earlier.size)
    return fail(Kind::invalid, "bad_size", "the log is shorter than when the notice was made");
  if (earlier.size == 0) {
    if (earlier.root != empty_root())
      return fail(Kind::invalid, "root_mismatch", "the empty tree has another root");
    return newest;
  }
  RemoteTiles tiles(log, newest.size);
  MINBEN_TRY(proof, consistency_proof(earlier.size, newest.size, tiles.subtrees()));
  MINBEN_CHECK(check_consistency(earlier.size, newest.size, proof, earlier.root, newest.root));
  return newest;
}

}  // namespace minben::ledger
