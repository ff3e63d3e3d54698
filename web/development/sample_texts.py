"""Invented campaign texts in every language, for the style guide, the screenshots and the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTexts:
    """The words of one campaign and of those around it. Paragraphs are plain text, one per item."""

    federation: str
    organization: str
    title: str
    summary: str
    addressee: str
    demand: tuple[str, ...]
    story: tuple[str, ...]
    topics: tuple[str, str, str]
    region: str
    everywhere: str
    other_titles: tuple[str, str, str, str, str]
    other_summary: str
    answer: tuple[str, str]
    delivery: tuple[str, str]
    news: tuple[str, str]
    newsletter: str
    show_name: str
    share_text: str
    by_mail: str


SAMPLES: dict[str, SampleTexts] = {
    "en": SampleTexts(
        federation="World Federation of Medical Students",
        organization="Medical Students of Kenya",
        title="No hospital without clean water",
        summary="One in five hospitals has no running water. Put water, soap and toilets into every health plan by 2030.",
        addressee="The health ministers at the World Health Assembly",
        demand=(
            "We are the students who will work in your hospitals. Some of us wash our hands from a bucket between two births.",
            "We ask you to fund water, sanitation and hygiene in every public hospital and clinic by 2030, to publish every "
            "year what has been built, and to count the wards that still wait.",
            "No guideline, no medicine and no training can replace clean hands.",
        ),
        story=(
            "In her third year Wanjiru was sent to a district hospital with forty beds and one tap. It ran for two hours a day.",
            "Infections caught in hospital kill more mothers and newborns than many diseases with a budget of their own. "
            "Water costs less than treating them.",
        ),
        topics=("Public health", "Human rights and peace", "Medical education"),
        region="Africa",
        everywhere="All",
        other_titles=(
            "Pay for the work of interns",
            "Protect ambulances in war",
            "Teach the health effects of heat",
            "Vaccines at the price they cost",
            "An end to exams while on night duty",
        ),
        other_summary="Students from four continents ask for a rule that ends a practice everybody knows is wrong.",
        answer=(
            "The ministry of Ghana commits to 2029",
            "The minister wrote to us: every district hospital will have running water by 2029, and the ministry will publish "
            "the list each March.",
        ),
        delivery=(
            "Handed over in Geneva",
            "Twelve of us handed 8,000 signatures to the assembly’s president.",
        ),
        news=(
            "5,000 in the first week",
            "Students in 61 countries have signed. Thank you for passing it on.",
        ),
        newsletter="Send me news of this and similar campaigns. I can stop it at any time.",
        show_name="Show my name, country and reason on the campaign page.",
        share_text="I have just signed. Will you?",
        by_mail="Mail",
    ),
    "fr": SampleTexts(
        federation="Fédération mondiale des étudiants en médecine",
        organization="Étudiants en médecine du Kenya",
        title="Pas d’hôpital sans eau potable",
        summary="Un hôpital sur cinq n’a pas l’eau courante. De l’eau, du savon et des toilettes dans chaque plan de santé d’ici 2030.",
        addressee="Aux ministres de la santé réunis à l’Assemblée mondiale de la santé",
        demand=(
            "Nous sommes les étudiants qui travailleront dans vos hôpitaux. Certains d’entre nous se lavent les mains dans un "
            "seau entre deux accouchements.",
            "Nous vous demandons de financer l’eau, l’assainissement et l’hygiène dans chaque hôpital et dispensaire public d’ici "
            "2030, de publier chaque année ce qui a été construit et de compter les services qui attendent encore.",
            "Aucune directive, aucun médicament, aucune formation ne remplace des mains propres.",
        ),
        story=(
            "En troisième année, Wanjiru a été envoyée dans un hôpital de district : quarante lits, un robinet, deux heures d’eau par jour.",
            "Les infections contractées à l’hôpital tuent plus de mères et de nouveau-nés que bien des maladies dotées d’un budget. "
            "L’eau coûte moins cher que leur traitement.",
        ),
        topics=("Santé publique", "Droits humains et paix", "Études de médecine"),
        region="Afrique",
        everywhere="Tous",
        other_titles=(
            "Payer le travail des internes",
            "Protéger les ambulances en temps de guerre",
            "Enseigner les effets de la chaleur sur la santé",
            "Des vaccins à leur juste prix",
            "Plus d’examens pendant les gardes de nuit",
        ),
        other_summary="Des étudiants de quatre continents demandent une règle pour mettre fin à une pratique que tous savent injuste.",
        answer=(
            "Le ministère du Ghana s’engage pour 2029",
            "Le ministre nous a écrit : chaque hôpital de district aura l’eau courante en 2029, et la liste sera publiée chaque mars.",
        ),
        delivery=(
            "Remise à Genève",
            "Nous étions douze à remettre 8 000 signatures à la présidente de l’Assemblée.",
        ),
        news=(
            "5 000 en une semaine",
            "Des étudiants de 61 pays ont signé. Merci d’avoir fait passer le mot.",
        ),
        newsletter="Envoyez-moi des nouvelles de cette campagne et d’autres semblables. Je peux arrêter à tout moment.",
        show_name="Afficher mon nom, mon pays et ma raison sur la page de la campagne.",
        share_text="Je viens de signer. Et vous ?",
        by_mail="E-mail",
    ),
    "es": SampleTexts(
        federation="Federación Mundial de Estudiantes de Medicina",
        organization="Estudiantes de Medicina de Kenia",
        title="Ningún hospital sin agua limpia",
        summary="Uno de cada cinco hospitales no tiene agua corriente. Agua, jabón y baños en todos los planes de salud antes de 2030.",
        addressee="A los ministros de salud reunidos en la Asamblea Mundial de la Salud",
        demand=(
            "Somos los estudiantes que trabajarán en sus hospitales. Algunos nos lavamos las manos en un cubo entre dos partos.",
            "Les pedimos que financien el agua, el saneamiento y la higiene en todos los hospitales y centros públicos antes de "
            "2030, que publiquen cada año lo construido y que cuenten las salas que todavía esperan.",
            "Ninguna guía, ningún medicamento y ninguna formación sustituyen unas manos limpias.",
        ),
        story=(
            "En tercer año enviaron a Wanjiru a un hospital de distrito con cuarenta camas y un solo grifo, con agua dos horas al día.",
            "Las infecciones contraídas en el hospital matan a más madres y recién nacidos que muchas enfermedades con presupuesto "
            "propio. El agua cuesta menos que tratarlas.",
        ),
        topics=("Salud pública", "Derechos humanos y paz", "Educación médica"),
        region="África",
        everywhere="Todos",
        other_titles=(
            "Que se pague el trabajo de los internos",
            "Proteger las ambulancias en la guerra",
            "Enseñar los efectos del calor en la salud",
            "Vacunas al precio que cuestan",
            "No más exámenes durante las guardias de noche",
        ),
        other_summary="Estudiantes de cuatro continentes piden una norma que ponga fin a una práctica que todos saben injusta.",
        answer=(
            "El ministerio de Ghana se compromete para 2029",
            "El ministro nos escribió: en 2029 todos los hospitales de distrito tendrán agua corriente, y la lista se publicará cada marzo.",
        ),
        delivery=(
            "Entregadas en Ginebra",
            "Fuimos doce y entregamos 8.000 firmas a la presidenta de la Asamblea.",
        ),
        news=(
            "5.000 en la primera semana",
            "Han firmado estudiantes de 61 países. Gracias por correr la voz.",
        ),
        newsletter="Quiero recibir noticias de esta campaña y de otras parecidas. Puedo dejar de recibirlas cuando quiera.",
        show_name="Mostrar mi nombre, mi país y mi motivo en la página de la campaña.",
        share_text="Acabo de firmar. ¿Y tú?",
        by_mail="Correo",
    ),
    "ar": SampleTexts(
        federation="الاتحاد العالمي لطلاب الطب",
        organization="طلاب الطب في كينيا",
        title="لا مستشفى بلا ماء نظيف",
        summary="مستشفى من كل خمسة بلا ماء جارٍ. نطالب بالماء والصابون والمراحيض في كل خطة صحية قبل عام 2030.",
        addressee="وزراء الصحة في جمعية الصحة العالمية",
        demand=(
            "نحن الطلاب الذين سيعملون في مستشفياتكم. بعضنا يغسل يديه من دلو بين ولادة وأخرى.",
            "نطلب منكم تمويل المياه والصرف الصحي والنظافة في كل مستشفى وعيادة عامة قبل عام 2030، وأن تنشروا كل عام ما بُني، "
            "وأن تحصوا الأقسام التي ما زالت تنتظر.",
            "لا إرشادات ولا أدوية ولا تدريب يغني عن الأيدي النظيفة.",
        ),
        story=(
            "في سنتها الثالثة أُرسلت وانجيرو إلى مستشفى فيه أربعون سريرًا وصنبور واحد يعمل ساعتين في اليوم.",
            "العدوى داخل المستشفى تقتل من الأمهات والمواليد أكثر مما تقتله أمراض كثيرة لها ميزانيتها. والماء أقل كلفة من علاجها.",
        ),
        topics=("الصحة العامة", "حقوق الإنسان والسلام", "التعليم الطبي"),
        region="أفريقيا",
        everywhere="الكل",
        other_titles=(
            "أجر عادل لأطباء الامتياز",
            "احموا سيارات الإسعاف في الحرب",
            "علّموا أثر الحر في الصحة",
            "اللقاحات بسعر كلفتها",
            "لا امتحانات أثناء المناوبة الليلية",
        ),
        other_summary="طلاب من أربع قارات يطالبون بقاعدة تنهي ممارسة يعلم الجميع أنها خطأ.",
        answer=(
            "وزارة الصحة في غانا تلتزم بعام 2029",
            "كتب إلينا الوزير: سيكون في كل مستشفى ماء جارٍ بحلول عام 2029، وستنشر الوزارة القائمة كل مارس.",
        ),
        delivery=("سُلّمت في جنيف", "سلّم اثنا عشر منا ثمانية آلاف توقيع إلى رئيسة الجمعية."),
        news=("5,000 توقيع في الأسبوع الأول", "وقّع طلاب من 61 بلدًا. شكرًا لأنكم نشرتم الخبر."),
        newsletter="أرسلوا إليّ أخبار هذه الحملة وحملات مشابهة. أستطيع إيقافها في أي وقت.",
        show_name="أظهروا اسمي وبلدي وسببي في صفحة الحملة.",
        share_text="لقد وقّعت للتو. وأنت؟",
        by_mail="البريد",
    ),
}
