// The platform's ledger as anybody may see it: its newest state, and who has witnessed that.
#include "ledger/notices.hpp"
#include "ledger/witnessing.hpp"
#include "parts.hpp"

namespace minben::citizen {

namespace {

constexpr std::size_t notices_shown = 7;

/// How this page says what the newest checkpoint is.
struct Shown {
  ledger::Checkpoint checkpoint;
  std::optional<Instant> written;
  std::optional<ledger::Verdict> verdict;  ///< with witnesses
};

Result<Shown> newest(const Parts& parts) {
  Shown shown;
  shown.written = parts.ledger.newest().written();
  if (parts.witnessing != nullptr) {
    // Also when this node does not yet ask the witnesses of a log that was begun meanwhile.
    const auto policy = ledger::with_successors(parts.witnessing->policy(), parts.ledger);
    MINBEN_TRY(verdict, ledger::judge(policy, parts.ledger.newest().checkpoint()));
    shown.checkpoint = verdict.checkpoint;
    shown.verdict = std::move(verdict);
    return shown;
  }
  MINBEN_TRY(note, ledger::parse_note(parts.ledger.newest().checkpoint()));
  MINBEN_TRY(checkpoint, ledger::parse_checkpoint(note.text));
  shown.checkpoint = std::move(checkpoint);
  return shown;
}

void time_of(Writer& page, Instant at, Language language) {
  page << "<time datetime=\"" << to_string(at) << "\">" << long_time(at, language) << "</time>";
}

/// What the quorum asks for, when it is one group of witnesses.
std::optional<std::size_t> needed(const ledger::Policy& policy) {
  for (const ledger::Policy::Group& group : policy.groups)
    if (group.name == policy.quorum && policy.groups.size() == 1) return group.threshold;
  return std::nullopt;
}

void quorum_cell(Writer& page, const Visit& visit, const ledger::Verdict& verdict,
                 const ledger::Policy& policy) {
  const Language language = visit.language;
  page::tag(page, verdict.quorum ? msg::ledger_quorum(language) : msg::ledger_no_quorum(language),
            verdict.quorum ? Tone::good : Tone::warn);
  page << "<br>"
       << msg::ledger_count(language, static_cast<std::int64_t>(verdict.witnesses.size()),
                            static_cast<std::int64_t>(verdict.cosigned()));
  if (const auto count = needed(policy))
    page << std::string_view(language == Language::zh_hant ? "，" : ", ")
         << msg::ledger_needed(language, static_cast<std::int64_t>(*count));
}

void state_list(Writer& page, const Visit& visit, const Parts& parts, const Shown& shown) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    if (shown.verdict)
      page::summary_row(list, msg::ledger_state(language), [&](Writer& p) {
        quorum_cell(p, visit, *shown.verdict, parts.witnessing->policy());
      });
    page::summary_row(
        list, msg::ledger_entries(language),
        msg::ledger_entry_count(language, static_cast<std::int64_t>(shown.checkpoint.size)));
    if (shown.written)
      page::summary_row(list, msg::ledger_written(language),
                        [&](Writer& p) { time_of(p, *shown.written, language); });
    page::summary_row(list, msg::ledger_root(language), [&](Writer& p) {
      p << "<code class=\"mb-hash\">" << base64_encode(shown.checkpoint.root) << "</code>";
    });
    page::summary_row(list, msg::ledger_name(language), [&](Writer& p) {
      p << "<code class=\"mb-hash\">" << shown.checkpoint.origin << "</code>";
    });
  });
}

void witness_table(Writer& page, const Visit& visit, const ledger::Verdict& verdict) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::ledger_witness(language)), .self_evident = true},
      {.title = std::string(msg::ledger_seen(language))}};
  page::table(page, msg::ledger_who(language), columns,
              [&](Writer& rows) {
                for (const ledger::Standing& one : verdict.witnesses)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) { p << visit.agency(AgencyCode{one.witness}); });
                    cells.add([&](Writer& p) {
                      if (one.cosigned_at)
                        time_of(p, ledger::to_instant(*one.cosigned_at), language);
                      else page::tag(p, msg::ledger_missing(language), Tone::warn);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

struct ShownNotices {
  std::vector<Date> days;  ///< newest first
  std::optional<Instant> short_since;
};

Result<std::optional<ShownNotices>> newest_notices(const Parts& parts) {
  if (parts.notices == nullptr) return std::nullopt;
  MINBEN_TRY(days, parts.notices->days(notices_shown));
  MINBEN_TRY(short_since, parts.notices->short_since());
  return ShownNotices{std::move(days), short_since};
}

void notice_list(Writer& page, Language language, const ShownNotices& notices) {
  page::heading(page, 2, msg::ledger_notices(language));
  page::paragraph(page, msg::ledger_notices_text(language));
  if (notices.short_since)
    page::warning_text(page, language, msg::ledger_notices_short(language, *notices.short_since));
  if (notices.days.empty()) page::paragraph(page, msg::ledger_notices_none(language));
  page << "<ul class=\"govuk-list\">";
  for (const Date day : notices.days)
    page << "<li><a class=\"govuk-link\" href=\"/ledger/notices/" << to_string(day) << "\">"
         << msg::ledger_notice_of(language, day) << "</a></li>";
  page << "<li><a class=\"govuk-link\" href=\"/ledger/notices\">"
       << msg::ledger_notices_all(language) << "</a></li></ul>";
}

/// Only when the key was changed.
void earlier_logs(Writer& page, Language language, const ledger::Logs& logs) {
  const int newest = logs.current().first;
  if (newest == 1) return;
  page::heading(page, 2, msg::ledger_earlier(language));
  page::paragraph(page, msg::ledger_earlier_text(language));
  page << "<ul class=\"govuk-list\">";
  for (int number = newest - 1; number >= 1; --number) {
    const auto log = logs.log(number);
    if (!log) continue;
    page << "<li><a class=\"govuk-link\" href=\"/ledger" << ledger::Logs::path_of(number)
         << "/checkpoint\">"
         << msg::ledger_earlier_one(language, static_cast<std::int64_t>((*log)->size()),
                                    (*log)->origin())
         << "</a></li>";
  }
  page << "</ul>";
}

void how_to_check(Writer& page, const Visit& visit, const ledger::Logs& logs, bool witnessed) {
  const Language language = visit.language;
  const std::string newest = ledger::Logs::path_of(logs.current().first);
  page::heading(page, 2, msg::ledger_check(language));
  page::paragraph(page, msg::ledger_check_receipt(language));
  page << "<pre class=\"mb-command\"><code>minben receipt verify FILE --key ledger.vkey"
       << when(witnessed, " --policy ledger.policy") << "</code></pre>";
  page::paragraph(page, msg::ledger_check_tiles(language));
  page << "<pre class=\"mb-command\"><code>curl " << visit.site.config().origin << "/ledger"
       << newest
       << "/checkpoint</code></pre><ul class=\"govuk-list\"><li>"
          "<a class=\"govuk-link\" href=\"/ledger/keys\" download=\"ledger.vkey\">"
       << msg::ledger_key(language) << "</a></li>";
  if (witnessed)
    page << "<li><a class=\"govuk-link\" href=\"/ledger/policy\" download=\"ledger.policy\">"
         << msg::ledger_policy(language) << "</a></li>";
  page << "<li><a class=\"govuk-link\" href=\"/ledger" << newest << "/checkpoint\">"
       << msg::ledger_checkpoint(language) << "</a></li></ul>";
}

Result<net::Response> show_ledger(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(shown, newest(parts));
  MINBEN_TRY(notices, newest_notices(parts));
  const Frame made = frame(visit, msg::ledger_title(language));
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::ledger_title(language), Size::l);
    page::paragraph(page, msg::ledger_text(language));
    page::paragraph(page, shown.verdict ? msg::ledger_witnesses_text(language)
                                        : msg::ledger_without_witnesses(language));
    page::heading(page, 2, msg::ledger_newest(language));
    if (shown.verdict && !shown.verdict->quorum)
      page::warning_text(page, language, msg::ledger_no_quorum_text(language));
    state_list(page, visit, parts, shown);
    if (shown.verdict) {
      page::heading(page, 2, msg::ledger_who(language));
      witness_table(page, visit, *shown.verdict);
    }
    if (notices) notice_list(page, language, *notices);
    earlier_logs(page, language, parts.ledger);
    how_to_check(page, visit, parts.ledger, shown.verdict.has_value());
  });
}

}  // namespace

void add_ledger(Pages& pages) { pages.get("/ledger", page::access::anyone, show_ledger); }

}  // namespace minben::citizen
