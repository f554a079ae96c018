#include "colleagues.hpp"

#include "messages/account.hpp"

namespace minben::desk {

namespace {

using identity::Enrolment;
using identity::EnrolmentId;

struct Team {
  struct Member {
    identity::Officer officer;
    bool has_passkey = false;
    std::optional<Enrolment> leave;
  };
  std::vector<Member> members;  ///< those at work
  Names names;                  ///< of all
  std::vector<Enrolment> records;
};

Result<Team> load(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) -> Result<Team> {
    MINBEN_TRY(officers, parts.identity.officers_of(tx, visit.officer().agency));
    Team team;
    for (identity::Officer& officer : officers) {
      team.names[officer.id] = officer.name;
      if (!officer.active) continue;
      MINBEN_TRY(has_passkey, parts.identity.has_passkey(tx, officer.id));
      MINBEN_TRY(leave, parts.identity.open_enrolment(tx, officer.id));
      team.members.push_back({std::move(officer), has_passkey, leave});
    }
    MINBEN_TRY(records, parts.identity.enrolments(tx, visit.officer().agency));
    team.records = std::move(records);
    return team;
  });
}

std::string state_of(const Visit& visit, const Team::Member& member) {
  const Language language = visit.language;
  if (member.officer.id == visit.officer().id) return std::string(msg::leave_self(language));
  if (member.leave) return msg::leave_until(language, member.leave->expires_at);
  return std::string(member.has_passkey ? msg::leave_has(language) : msg::leave_has_none(language));
}

void action(Writer& page, const Visit& visit, const Team::Member& member) {
  const Language language = visit.language;
  const Url here = visit.url({"desk", "colleagues"});
  if (member.officer.id == visit.officer().id || (!member.has_passkey && !member.leave)) return;
  const Url to = member.leave ? here.below({"leave", to_string(member.leave->id), "withdraw"})
                              : here.below({to_string(member.officer.id), "allow"});
  page::form(page, visit, to, [&](Writer& p) {
    page::button(p, {.text = std::string(member.leave ? msg::leave_withdraw(language)
                                                      : msg::leave_allow(language)),
                     .style = page::ButtonStyle::secondary,
                     .about = member.officer.name});
  });
}

void members_table(Writer& page, const Visit& visit, const Team& team) {
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::leave_colleague(language)), false, true},
                                  {std::string(msg::leave_state(language))},
                                  {std::string(msg::leave_action(language)), false, true}};
  page::table(page, msg::leave_title(language), columns,
              [&](Writer& rows) {
                for (const Team::Member& member : team.members)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) { p << member.officer.name; });
                    cells.add(state_of(visit, member));
                    cells.add([&](Writer& p) { action(p, visit, member); });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

std::string_view outcome_of(const Visit& visit, const Enrolment& record) {
  const Language language = visit.language;
  if (record.open(visit.site.now())) return msg::leave_outcome_open(language);
  if (record.outcome == "used") return msg::leave_outcome_used(language);
  if (record.outcome == "withdrawn") return msg::leave_outcome_withdrawn(language);
  return msg::leave_outcome_expired(language);
}

void records_table(Writer& page, const Visit& visit, const Team& team) {
  if (team.records.empty()) return;
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::leave_colleague(language)), false, true},
                                  {std::string(msg::leave_by(language))},
                                  {std::string(msg::leave_at(language))},
                                  {std::string(msg::leave_outcome(language))}};
  page::table(page, msg::leave_records(language), columns,
              [&](Writer& rows) {
                for (const Enrolment& record : team.records)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) { p << name_or(team.names, record.officer, "–"); });
                    cells.add(name_or(team.names, record.allowed_by, "–"));
                    cells.add(long_time(record.allowed_at, language));
                    cells.add(outcome_of(visit, record));
                  });
              },
              {.stacks = true});
}

Result<net::Response> team_page(const Parts& parts, const Visit& visit,
                                std::string_view error = {}) {
  const Language language = visit.language;
  MINBEN_TRY(team, load(parts, visit));
  Frame made = frame(visit, msg::leave_title(language), Section::account);
  made.back = page::Link{std::string(msg::back(language)), visit.url({"desk", "account"})};
  if (!error.empty()) made.errors.push_back({{}, std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::leave_title(language), Size::l);
        page::paragraph(page, msg::leave_text(language));
        members_table(page, visit, team);
        records_table(page, visit, team);
      },
      error.empty() ? 200 : 429);
}

Result<net::Response> show_team(const Parts& parts, Visit& visit) {
  return team_page(parts, visit);
}

Result<net::Response> allow(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<OfficerId>("officer"));
  std::string name;
  const auto leave = parts.transact([&](store::Transaction& tx) -> Result<Enrolment> {
    MINBEN_TRY(made, parts.identity.allow_enrolment(tx, visit.session(), id));
    MINBEN_TRY(officer, parts.identity.officer(tx, id));
    name = officer.name;
    return made;
  });
  if (leave)
    return page::redirect_with(visit, visit.url({"desk", "colleagues"}), page::Notice::success,
                               msg::leave_allowed(visit.language, name, leave->expires_at));
  if (leave.error().kind == Kind::unauthorised)
    return visit.site.to_sign_in(visit, identity::Realm::officer, true);
  if (leave.error().kind == Kind::too_many)
    return team_page(parts, visit, msg::leave_too_many(visit.language));
  return fail(leave.error());
}

Result<net::Response> withdraw(const Parts& parts, Visit& visit) {
  return withdraw_leave(parts, visit, visit.url({"desk", "colleagues"}));
}

}  // namespace

Result<net::Response> withdraw_leave(const Parts& parts, const Visit& visit, const Url& next) {
  MINBEN_TRY(id, visit.id<EnrolmentId>("enrolment"));
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) {
    return parts.identity.withdraw_enrolment(tx, visit.session(), id);
  }));
  return page::redirect_with(visit, next, page::Notice::success,
                             msg::leave_withdrawn(visit.language));
}

void add_colleagues(Pages& pages) {
  using page::access::team_lead;
  pages.get("/desk/colleagues", team_lead, show_team);
  pages.post("/desk/colleagues/{officer}/allow", team_lead, allow, 4096);
  pages.post("/desk/colleagues/leave/{enrolment}/withdraw", team_lead, withdraw, 4096);
}

}  // namespace minben::desk
