// Who has cosigned what a log shows, for the commands that ask.
#include <thread>

#include <fmt/core.h>

#include "files.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {
constexpr milliseconds pause{500};
}  // namespace

Result<ledger::Policy> read_policy(const std::filesystem::path& file) {
  MINBEN_TRY(text, read_file(file));
  return ledger::parse_policy(text, file.string());
}

Result<JudgedNote> wait_for_quorum(const ledger::Source& log, const ledger::Policy& policy,
                                   seconds patience) {
  const SystemClock clock;
  const Instant give_up = clock.now() + patience;
  while (true) {
    MINBEN_TRY(text, log.read("checkpoint"));
    if (!text) return fail(Kind::not_found, "missing_file", "no checkpoint", "checkpoint");
    std::string note(as_text(*text));
    MINBEN_TRY(verdict, ledger::judge(policy, note));
    if (verdict.quorum || clock.now() >= give_up)
      return JudgedNote{std::move(note), std::move(verdict)};
    std::this_thread::sleep_for(pause);
  }
}

void print_witnesses(const ledger::Verdict& verdict) {
  fmt::print("  quorum   {}, {} of {} witnesses have cosigned {} entries\n",
             verdict.quorum ? "reached" : "NOT REACHED", verdict.cosigned(),
             verdict.witnesses.size(), verdict.checkpoint.size);
  for (const ledger::Standing& one : verdict.witnesses)
    fmt::print("    {:<12} {}\n", one.witness,
               one.cosigned_at ? to_string(ledger::to_instant(*one.cosigned_at)) : "missing");
}

}  // namespace minben::app::command
