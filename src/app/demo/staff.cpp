#include "staff.hpp"

#include <array>

namespace minben::app::demo {

namespace {

namespace role = identity::role;

struct Post {
  std::string_view agency;
  std::string_view name;
  std::string_view mailbox;  ///< before @<agency>.example
  std::vector<std::string_view> roles;
  std::string_view described;  ///< "" = not worth naming to newcomers
};

const std::vector<Post>& posts() {
  static const std::vector<Post> list = {
      {"nia", "林佳穎", "officer", {role::caseworker}, "immigration officer"},
      {"nia", "陳柏宇", "officer2", {role::caseworker}, ""},
      {"nia", "黃淑芬", "officer3", {role::caseworker}, ""},
      {"nia",
       "王建志",
       "approver",
       {role::caseworker, role::approver},
       "immigration, second pair of eyes on refusals"},
      {"nia",
       "吳美玲",
       "lead",
       {role::caseworker, role::approver, role::team_lead, role::service_owner},
       "immigration, team lead and owner of the service"},
      {"wda", "劉俊傑", "officer", {role::caseworker}, "work-permit officer"},
      {"wda", "蔡宜君", "officer2", {role::caseworker, role::approver}, ""},
      {"wda", "楊志明", "approver", {role::caseworker, role::approver, role::team_lead}, ""},
      {"boca", "許雅婷", "officer", {role::caseworker}, "consular officer (passport inspection)"},
      {"boca", "鄭文彥", "approver", {role::caseworker, role::approver, role::team_lead}, ""},
      {"boca", "徐建宏", "officer2", {role::caseworker, role::approver}, ""},
      {"nstc", "謝承翰", "officer", {role::consultant}, "science council, gives opinions"},
      {"nstc", "郭佩珊", "lead", {role::consultant, role::team_lead}, ""},
      {"moda", "洪欣怡", "officer", {role::consultant}, "digital ministry, gives opinions"},
      {"moda",
       "張雅筑",
       "exchange",
       {role::exchange_operator},
       "digital ministry, admits agencies to the data exchange"},
      {"moda", "曾家豪", "lead", {role::consultant, role::team_lead}, ""},
      {"moda",
       "周文心",
       "admin",
       {role::administrator},
       "digital ministry, opens accounts that were closed by mistake"},
      {"ris", "邱怡君", "officer", {role::caseworker, role::team_lead}, ""},
      {"nia", "簡志豪", "privacy", {role::data_protection_officer}, ""},
      {"wda", "葉雅雯", "privacy", {role::data_protection_officer}, ""},
      {"boca", "杜冠廷", "privacy", {role::data_protection_officer}, ""},
      {"nstc", "潘思妤", "privacy", {role::data_protection_officer}, ""},
      {"moda",
       "江明翰",
       "privacy",
       {role::data_protection_officer},
       "digital ministry, answers people who question a use of their data"},
      {"ris", "范姜宜", "privacy", {role::data_protection_officer}, ""},
      {"moda",
       "游舒涵",
       "data",
       {role::data_steward},
       "digital ministry, looks at what people say about open data and routes it"},
      {"nia", "賴冠宇", "data", {role::data_steward}, "immigration, publishes its open data"},
  };
  return list;
}

std::string address(const Post& post) {
  return fmt::format("{}@{}.example", post.mailbox, post.agency);
}

}  // namespace

Result<Staff> hire_staff(store::Database& database, identity::Identity& identity) {
  Staff staff;
  for (const Post& post : posts()) {
    MINBEN_TRY(officer,
               database.transact([&](store::Transaction& transaction) -> Result<identity::Officer> {
                 identity::NewOfficer wanted;
                 wanted.agency = AgencyCode{std::string(post.agency)};
                 wanted.name = post.name;
                 wanted.email = address(post);
                 wanted.roles.assign(post.roles.begin(), post.roles.end());
                 MINBEN_TRY(id, identity.add_officer(transaction, wanted));
                 return identity.officer(transaction, id);
               }));
    staff[std::string(post.agency)].push_back(std::move(officer));
  }
  return staff;
}

std::vector<Account> staff_accounts() {
  std::vector<Account> accounts;
  for (const Post& post : posts())
    if (!post.described.empty())
      accounts.push_back({address(post), std::string(post.described), "/en/desk"});
  return accounts;
}

}  // namespace minben::app::demo
