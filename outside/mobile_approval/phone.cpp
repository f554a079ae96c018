#include <fmt/format.h>

#include "mobile_approval/service.hpp"
#include "support/page.hpp"

namespace outside::approval {

namespace {

constexpr net::Access owner{"owner"};
constexpr std::size_t list_length = 12;

std::string shown(std::string_view title, std::string_view content) {
  return outside::page({.language = Language::zh_hant,
                        .title = title,
                        .skip = "跳至主要內容 <span lang=\"en\">Skip to main content</span>",
                        .header = "<a href=\"/\">示範手機 <span lang=\"en\">Demonstration "
                                  "phones</span></a>",
                        .main_html = content});
}

net::Response nothing_there() {
  return net::Response::html(
      shown("沒有 Nothing",
            "<h1>沒有這個請求，或已逾時 <span lang=\"en\">No such request, or its "
            "time is over</span></h1>\n<p><a href=\"/\">手機 <span "
            "lang=\"en\">Phones</span></a></p>\n"),
      404);
}

std::string papers(const Person& person) {
  return fmt::format(
      "<dl><dt>身分證統一編號 <span lang=\"en\">National id</span></dt><dd>{}</dd>\n"
      "<dt>戶號 <span lang=\"en\">Household number</span></dt><dd>{}</dd>\n"
      "<dt>健保卡卡號 <span lang=\"en\">Health card number</span></dt><dd>{}</dd></dl>\n",
      escape(person.number), escape(person.household_number), escape(person.health_card));
}

/// The hint is what the provider says it is for: it has the number that the browser shows too.
std::string request_form(const Transaction& asked, const Person& person) {
  return fmt::format(
      "<section><h2>要求核准 <span lang=\"en\">A request</span></h2>\n<p class=\"hint\">{}</p>\n"
      "<p>號碼與您螢幕上的相同，而且是您本人要登入，才核准。<br><span lang=\"en\">Approve only if "
      "the number is the one on your screen and it is you who signs in.</span></p>\n"
      "<form method=\"post\" action=\"/phone/{}/answer\"><input type=\"hidden\" "
      "name=\"transaction\" value=\"{}\">\n"
      "<button name=\"decision\" value=\"approve\">核准 <span lang=\"en\">Approve</span></button> "
      "<button class=\"no\" name=\"decision\" value=\"refuse\">拒絕 <span "
      "lang=\"en\">Refuse</span></button></form></section>\n",
      escape(asked.hint), escape(person.number), escape(asked.id));
}

net::Response list(Service& service, const net::Request& request) {
  const std::string asked(trim(request.query.get("who")));
  std::string content =
      "<h1>誰的手機 <span lang=\"en\">Whose phone</span></h1>\n"
      "<form action=\"/\" method=\"get\"><label for=\"who\">身分證統一編號或姓名 <span "
      "lang=\"en\">National id or name</span></label> <input id=\"who\" name=\"who\"> "
      "<button>顯示 <span lang=\"en\">Show</span></button></form>\n<ul>\n";
  for (const Person& person : service.people().search(asked, list_length))
    content += fmt::format("<li><a href=\"/phone/{}\">{} {}</a></li>\n", escape(person.number),
                           escape(person.name), escape(person.number));
  return net::Response::html(shown("手機 Phones", content + "</ul>\n"));
}

net::Response phone(Service& service, const net::Request& request) {
  const Person* person = service.people().find(request.parameter("number"));
  if (person == nullptr) return nothing_there();
  std::string content = fmt::format("<h1>{}</h1>\n", escape(person->name)) + papers(*person);
  const bool registered = service.people().has_phone(person->number);
  const auto requests = service.waiting_for(person->number);
  if (registered && requests.empty())
    content +=
        "<p>沒有等待中的請求。<span lang=\"en\">No request is waiting.</span> "
        "<a href=\"\">重新整理 <span lang=\"en\">Refresh</span></a></p>\n";
  if (registered)
    for (const Transaction& each : requests)
      if (const auto asked = service.take_up(each.id, *person))
        content += request_form(*asked, *person);
  content += fmt::format(
      "<form method=\"post\" action=\"/phone/{}/registration\"><button class=\"no\" "
      "name=\"registered\" value=\"{}\">{}</button></form>\n",
      escape(person->number), registered ? "no" : "yes",
      registered ? "這支手機不見了 <span lang=\"en\">This phone is lost</span>"
                 : "註冊新手機 <span lang=\"en\">Register a new phone</span>");
  return net::Response::html(shown(person->name, content));
}

net::Response answer(Service& service, const net::Request& request) {
  const Person* person = service.people().find(request.parameter("number"));
  if (person == nullptr) return nothing_there();
  const bool approve = request.form.get("decision") == "approve";
  if (!service.answer(request.form.get("transaction"), *person, approve)) return nothing_there();
  return net::Response::html(
      shown(approve ? "已核准 Approved" : "已拒絕 Refused",
            fmt::format("<h1>{}</h1>\n<p>請回到原來的畫面。<span lang=\"en\">Go back to where you "
                        "came from.</span></p>\n<p><a href=\"/phone/{}\">手機 <span "
                        "lang=\"en\">Phone</span></a></p>\n",
                        approve ? "已核准 <span lang=\"en\">Approved</span>"
                                : "已拒絕 <span lang=\"en\">Refused</span>",
                        escape(person->number))));
}

net::Response registration(Service& service, const net::Request& request) {
  const Person* person = service.people().find(request.parameter("number"));
  if (person == nullptr) return nothing_there();
  const auto done =
      service.people().set_phone(person->number, request.form.get("registered") == "yes");
  if (!done) return net::Response::problem(done.error());
  return net::Response::see_other("/phone/" + person->number);
}

/// What the app does with a QR code or a link; which phone scanned it has to be said here.
net::Response scanned(Service& service, const net::Request& request) {
  const auto asked = service.find_ticket(request.query.get("sp_ticket"));
  if (!asked) return nothing_there();
  const std::string who(trim(request.query.get("who")));
  if (const Person* person = service.people().find(who)) {
    const auto taken = service.take_up(asked->id, *person);
    if (!taken || !service.people().has_phone(who)) return nothing_there();
    return net::Response::html(
        shown(person->name,
              fmt::format("<h1>{}</h1>\n{}", escape(person->name), request_form(*taken, *person))));
  }
  return net::Response::html(shown(
      "手機 Phone",
      fmt::format("<h1>哪一支手機掃描的 <span lang=\"en\">Whose phone scanned it</span></h1>\n"
                  "<form action=\"/verifySign\" method=\"get\"><input type=\"hidden\" "
                  "name=\"sp_ticket\" value=\"{}\"><label for=\"who\">身分證統一編號 <span "
                  "lang=\"en\">National id</span></label> <input id=\"who\" name=\"who\" "
                  "value=\"{}\"> <button>開啟 <span lang=\"en\">Open</span></button></form>\n",
                  escape(request.query.get("sp_ticket")), escape(asked->number))));
}

std::string style() {
  return std::string(common_style()) + R"(body{color:#0b0c0c;background:#fff}
header{background:#4b2e6b}header a{font-weight:700;text-decoration:none}header div,main{max-width:34rem}
main a{color:#1d4f91}ul{padding:0;list-style:none}li a{display:block;padding:.5rem 0}
section{border:2px solid #4b2e6b;padding:1rem;margin:1rem 0}.hint{font-size:1.35rem;font-weight:700;margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
input,button{padding:.5rem .75rem;border:2px solid #0b0c0c;margin:.25rem 0}
button{background:#00703c;color:#fff;border-color:#00703c}.no{background:#fff;color:#7a1f1f;border-color:#7a1f1f}dt{font-weight:700}dd{margin:0 0 .5rem}
)";
}

}  // namespace

std::vector<net::Route> phone_routes(Service& service) {
  using enum net::Method;
  return {
      {get, "/", owner, 0, [&](net::Request& request) { return list(service, request); }},
      {get, "/phone/{number}", owner, 0,
       [&](net::Request& request) { return phone(service, request); }},
      {post, "/phone/{number}/answer", owner, 4096,
       [&](net::Request& request) { return answer(service, request); }},
      {post, "/phone/{number}/registration", owner, 4096,
       [&](net::Request& request) { return registration(service, request); }},
      {get, "/verifySign", owner, 0,
       [&](net::Request& request) { return scanned(service, request); }},
      {get, "/style.css", owner, 0,
       [](net::Request&) { return net::Response::bytes(style(), "text/css; charset=utf-8"); }},
  };
}

}  // namespace outside::approval
