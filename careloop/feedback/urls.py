from django.urls import path

from careloop.feedback.views import answers, desk, questionnaires, tasks

app_name = "feedback"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("queue/", tasks.queue, name="queue"),
    path("tasks/<str:number>/", tasks.detail, name="task"),
    path("tasks/<str:number>/side/", desk.side, name="side"),
    path("tasks/<str:number>/answer/", desk.answer, name="say"),
    path("tasks/<str:number>/end/", desk.end, name="end"),
    path("tasks/<str:number>/thank/", tasks.thank, name="thank"),
    path("tasks/<str:number>/do/<slug:action>/", desk.step, name="step"),
    path("answers/", answers.answer_list, name="answers"),
    path("answers/export.<str:form>", answers.export, name="answer-export"),
    path("answers/<str:number>/", answers.detail, name="answer"),
    path("answers/<str:number>/addendum/", answers.addendum, name="addendum"),
    path("answers/<str:number>/step/<int:pk>/", answers.attribute, name="attribute"),
    path("deviations/", answers.deviations, name="deviations"),
    path("questionnaires/", questionnaires.questionnaire_list, name="questionnaires"),
    path("questionnaires/<slug:code>/new/", questionnaires.new_version, name="version-new"),
    path("questionnaires/<slug:code>/goal/", questionnaires.goal, name="goal"),
    path("questionnaires/<slug:code>/history/", questionnaires.history, name="history"),
    path("questionnaires/<slug:code>/<int:number>/", questionnaires.version_page, name="version"),
    path("questionnaires/<slug:code>/<int:number>/edit/", questionnaires.edit, name="version-edit"),
    path("questionnaires/<slug:code>/<int:number>/do/<slug:action>/", questionnaires.step, name="version-step"),
]
