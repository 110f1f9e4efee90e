"""Names of people of Syria as they are written in Arabic, each with spellings in Latin letters that
are met in passports, press and letters: English, French, German, Turkish and Kurdish ways among
them. Written by hand from general knowledge, for measuring; the matcher does not read this list.
"""

from __future__ import annotations

# Arabic | Latin spellings
MEN = """
محمد | Muhammad Mohammed Mohamed Mohamad Mouhamad Muhammed Mohammad Mohamet
أحمد | Ahmad Ahmed Achmad Ahmet Ehmed
محمود | Mahmoud Mahmud Mahmood Mahmut Mehmud
مصطفى | Mustafa Mostafa Moustafa Mustapha Mostapha
خالد | Khaled Khalid Chaled Halid Kaled Xalid
عمر | Omar Umar Omer Oumar
علي | Ali Aly Eli
حسن | Hassan Hasan Hesen Hassane
حسين | Hussein Husain Hossein Houssein Hussain Huseyin Hisen
يوسف | Yusuf Youssef Yousef Josef Yousuf Youcef Yusif
إبراهيم | Ibrahim Ebrahim Brahim Ibraheem Ibrahem
إسماعيل | Ismail Ismael Esmail Ismaeel Smail
سليمان | Sulaiman Suleiman Soliman Sleiman Sulayman Souleiman
موسى | Musa Moussa Mousa Mosa
عيسى | Issa Isa Eisa Aissa
يحيى | Yahya Yehia Yahia Yehya
زكريا | Zakaria Zakariya Zakarya Zekeriya
إسحاق | Ishaq Ishak Eshaq Isaac
يعقوب | Yaqub Yacoub Yaaqoub Jakob Yakup
داود | Dawud Daoud Dawood Davud
هارون | Harun Haroun Haroon
أيوب | Ayyub Ayoub Ayoob Eyup
صالح | Saleh Salih Salah Sallih
عبد الله | Abdullah Abdallah Abd-Allah Abdulla
عبد الرحمن | Abdulrahman Abdul-Rahman Abdel-Rahman Abderrahmane Abdurrahman Abdelrahman
عبد الرحيم | Abdulrahim Abdel-Rahim Abdurrahim Abderrahim
عبد القادر | Abdulkader Abdel-Kader Abdelqader Abdulqadir Abdel-Qader
عبد الكريم | Abdulkarim Abdel-Karim Abdelkrim Abdul-Kareem
عبد العزيز | Abdulaziz Abdel-Aziz Abdelaziz Abdul-Azeez
عبد الحميد | Abdulhamid Abdel-Hamid Abdelhamid Abdul-Hameed
عبد الناصر | Abdulnasser Abdel-Nasser Abdennasser Abdunnasir
عبد الرزاق | Abdulrazzaq Abdel-Razzak Abderrazak Abdul-Razak
عبد السلام | Abdulsalam Abdel-Salam Abdessalam Abdussalam
عبد اللطيف | Abdullatif Abdel-Latif Abdellatif Abdul-Lateef
عبد الغني | Abdulghani Abdel-Ghani Abdelghani Abdul-Gani
عبد الهادي | Abdulhadi Abdel-Hadi Abdelhadi Abdul-Hady
عبد المجيد | Abdulmajid Abdel-Majid Abdelmajid Abdul-Majeed
عبد الوهاب | Abdulwahab Abdel-Wahab Abdelouahab Abdul-Wahhab
عبد الحكيم | Abdulhakim Abdel-Hakim Abdelhakim
عبد الباسط | Abdulbaset Abdel-Basset Abdelbasit
عبد المنعم | Abdulmunim Abdel-Moneim Abdelmonem
جمال | Jamal Gamal Djamel Cemal Jamaal
جميل | Jamil Gamil Djamil Cemil Jameel
جاسم | Jassem Jasim Jasem Gassim
قاسم | Qasim Kassem Gasim Qassem Kasim
كريم | Karim Kareem Kerim
كمال | Kamal Kemal Kamaal
كامل | Kamel Kamil Kamell
خليل | Khalil Khaleel Chalil Halil
خلف | Khalaf Khallaf Halaf
خضر | Khader Khidr Khodr Hidir Khoder
حمزة | Hamza Hamzeh Hamzah Hemze
حامد | Hamed Hamid Haamed
حميد | Hameed Hamid Hamiid
حماد | Hammad Hamad Hammaad
حازم | Hazem Hazim Hasem
حاتم | Hatem Hatim Hatam
حسام | Hussam Hossam Husam Houssam
حيدر | Haidar Haydar Hayder Heidar
طارق | Tareq Tarik Tariq Tarek
طلال | Talal Tallal Telal
طه | Taha Tahah Taha
ظافر | Zafer Dhafer Zafir
ضياء | Diaa Dia Ziya Dhiya
رضا | Rida Reza Ridha Riza
رامي | Rami Ramy Raamy
رياض | Riad Riyad Riyadh Ryad
رشيد | Rashid Rasheed Rachid Raschid
راشد | Rashed Rachid Raashid
رائد | Raed Raid Ra'ed Raaed
ربيع | Rabih Rabie Rabea Rabi
رمضان | Ramadan Ramazan Ramadhan
رفيق | Rafiq Rafik Rafeeq
رجب | Rajab Ragab Recep
زياد | Ziad Ziyad Zeyad Ziyaad
زيد | Zaid Zayd Zeid Zeyd
زهير | Zuhair Zouheir Zoheir Zuheyr
سامر | Samer Samir Saamer
سمير | Samir Sameer Semir
سامي | Sami Samy Saami
سعيد | Said Saeed Saïd Sa'id Saied
سعد | Saad Sad Sa'd
سليم | Salim Saleem Selim Slim
سالم | Salem Salim Saalem
سلمان | Salman Selman Salmaan
سيف | Saif Seif Sayf Sef
شادي | Shadi Chadi Schadi Shady
شريف | Sharif Sherif Cherif Shareef
شعبان | Shaaban Chaabane Saban Shaban
صلاح | Salah Saleh Selah Sallah
صلاح الدين | Salah-al-Din Salaheddine Salahuddin Selahattin Salah-Eddin
نور الدين | Nour-al-Din Noureddine Nuruddin Nureddin Nour-Eddin
علاء الدين | Alaa-al-Din Alaeddine Alauddin Aladdin
عماد الدين | Imad-al-Din Imadeddine Imaduddin
سيف الدين | Saif-al-Din Seifeddine Saifuddin
عز الدين | Izz-al-Din Azzedine Izzeddin Ezzeldin
علاء | Alaa Ala Alaa' Allaa
عماد | Imad Emad Imaad
عمار | Ammar Amar Ammaar
عامر | Amer Amir Aamer
أمير | Amir Ameer Emir
عادل | Adel Adil Aadel
عدنان | Adnan Adnane Adnaan
عارف | Aref Arif Aarif
عاصم | Asem Assem Asim
عثمان | Othman Uthman Osman Othmane
عصام | Issam Essam Isam Isaam
عزيز | Aziz Azeez Azize
غسان | Ghassan Gassan Ghasan Rhassan
غياث | Ghiath Ghayath Giath Ghiyath
فادي | Fadi Fady Faadi
فارس | Fares Faris Farès
فاروق | Farouk Faruq Farooq Faruk
فراس | Firas Feras Firass
فهد | Fahd Fahed Fahad
فيصل | Faisal Faysal Feisal Fayssal Faycal
فؤاد | Fouad Fuad Foad Fuaad
فواز | Fawaz Fawwaz Faouaz
لؤي | Louay Loai Luay Loay Lo'ay
ماجد | Majed Majid Maged Maajid
مازن | Mazen Mazin Maazen
مالك | Malek Malik Maalek
ماهر | Maher Mahir Maaher
مروان | Marwan Merwan Marouane
معاذ | Muadh Moaz Mouaz Mouadh
منذر | Munther Monzer Mounzer Munzir
منير | Munir Mounir Moneer
مهند | Muhannad Mohannad Mohanad Mouhanad
ناصر | Nasser Nasir Naser Nacer
نبيل | Nabil Nabeel Nebil
نادر | Nader Nadir Naader
نزار | Nizar Nezar Nizaar
نضال | Nidal Nedal Nidhal
هاني | Hani Hany Haani
هشام | Hisham Hicham Hesham Hischam
هيثم | Haitham Haytham Haithem Haissam
وائل | Wael Wail Ouael Waël
وسام | Wissam Wisam Ouissam
وليد | Walid Waleed Oualid Velid
ياسر | Yasser Yasir Yaser Jasser
ياسين | Yassin Yaseen Yacine Jassin
أنس | Anas Anass Enes
أنور | Anwar Anouar Enver
أسامة | Osama Usama Oussama Ossama
أكرم | Akram Akrem Ekrem
أمجد | Amjad Amgad Emced
أمين | Amin Ameen Emin Amine
أيمن | Ayman Aiman Aymen Eymen
أيهم | Ayham Aiham Eyhem
بلال | Bilal Belal Bilel
بسام | Bassam Bessam Basam
باسل | Basel Bassel Basil
بشار | Bashar Bachar Baschar
بشير | Bashir Bachir Basheer
بكر | Bakr Bakir Bekir
بدر | Badr Bader Bedir
تيسير | Taysir Tayseer Taisir
توفيق | Tawfiq Toufic Tewfik Tawfik
ثائر | Thaer Thair Tha'er Saer
جابر | Jaber Jabir Gaber
جعفر | Jaafar Jafar Ja'far Gaafar
جهاد | Jihad Jehad Cihad Djihad
جورج | George Jorj Georges
حنا | Hanna Hana Henna
إلياس | Elias Ilyas Iliass
بطرس | Boutros Butrus Botros
ميخائيل | Mikhail Mikhael Mekhael
أنطون | Antoun Antun Anton
شيرو | Shiro Chiro Siro
آزاد | Azad Azaad
دلوان | Dilwan Delwan Dlovan
سيامند | Siamand Siyamand Syamand
رودي | Rudi Roudy Rodi
""".strip()

WOMEN = """
فاطمة | Fatima Fatimah Fatma Fatmeh Fatme
مريم | Maryam Mariam Meryem Mariame
زينب | Zainab Zaynab Zeinab Zeynep
عائشة | Aisha Aicha Ayesha Aysha Ayse
خديجة | Khadija Khadijah Khadidja Hatice Khadeeja
سعاد | Suad Souad Soad
هدى | Huda Houda Hoda
نور | Nour Noor Nur
نورا | Noura Nora Nura
سلمى | Salma Selma Salmah
سمر | Samar Samarr
سميرة | Samira Sameera Semira
سوسن | Sawsan Sausan Sousan
رنا | Rana Ranna
رانيا | Rania Raniya Ranya
ريم | Reem Rim Rym
رغد | Raghad Ragad Raghd
رهف | Rahaf Rehaf
روان | Rawan Rouan
بشرى | Bushra Bouchra Boshra
إيمان | Iman Eman Imane
أمل | Amal Amel Emel
أمينة | Amina Aminah Ameena Emine
آمنة | Amna Amneh Aamina
أسماء | Asma Asmaa Esma
آلاء | Alaa Aalaa Ala
هبة | Hiba Heba Hibah
هند | Hind Hend
هناء | Hana Hanaa Henaa
حنان | Hanan Hanane Henan
خلود | Khulud Khouloud Kholoud
دعاء | Duaa Doaa Dua
ديما | Dima Deema Dimah
رقية | Ruqayya Roukaya Rokaya Ruqaya
زهرة | Zahra Zahrah Zehra
سارة | Sara Sarah Saara
سناء | Sana Sanaa Sena
شيماء | Shaimaa Chaima Shayma
عبير | Abir Abeer
غادة | Ghada Gada Ghadah
لمى | Lama Lamma
لينا | Lina Leena Lena
ليلى | Layla Leila Laila Lejla
مها | Maha Mahaa
منى | Mona Muna Mouna
ميساء | Maysaa Maissa Maysa
نادية | Nadia Nadya Nadiya
نجاح | Najah Nagah Najaah
ندى | Nada Neda
نسرين | Nisreen Nesrin Nasrin Nisrine
وفاء | Wafa Wafaa Ouafa
ياسمين | Yasmin Yasmine Jasmin Yasemin
يسرى | Yusra Yousra Yosra
""".strip()

FAMILIES = """
الأحمد | Al-Ahmad Alahmad El-Ahmed Ahmad
العلي | Al-Ali Alali El-Ali
الحسن | Al-Hassan Alhasan El-Hassan
الحسين | Al-Hussein Alhussain El-Houssein
المحمد | Al-Mohammad Almuhammad El-Mohamad
الخطيب | Al-Khatib Alkhateeb El-Khatib Khatib Elhatib
الحلبي | Al-Halabi Alhalabi Halabi El-Halaby Halebi
الشامي | Al-Shami Ash-Shami Chami El-Chami Shamy
الدمشقي | Al-Dimashqi Ad-Dimashki Demachki Dimashqy
الحمصي | Al-Homsi Alhimsi Homsi Houmsi
الحموي | Al-Hamwi Hamawi Hamoui Alhamwi
الديري | Al-Deiri Ad-Dayri Deiry
الحوراني | Al-Hourani Hawrani Hurani Alhorani
الجولاني | Al-Jolani Golani Joulani Jawlani
القاضي | Al-Qadi Kadi Alkady El-Qady Cadi
الشيخ | Al-Sheikh Ash-Shaykh Cheikh Alshekh
النجار | Al-Najjar An-Najar Najjar Naggar Nadjar
الحداد | Al-Haddad Hadad Haddad Elhaddad
الخياط | Al-Khayyat Khayat Khaiat Hayat
الصباغ | Al-Sabbagh As-Sabagh Sabbagh Sabag
القصاب | Al-Qassab Kassab Qasab Alkassab
العطار | Al-Attar Attar Alatar Atar
الخباز | Al-Khabbaz Khabbaz Khabaz
الصائغ | Al-Sayegh Sayegh Assaegh Saigh Saegh
الحلاق | Al-Hallaq Hallak Halaq
البيطار | Al-Bitar Bitar Baytar Albetar
الطحان | Al-Tahhan Tahan At-Tahan
الفران | Al-Farran Faran Farran
السمان | Al-Samman Samman Assaman
الزعبي | Al-Zoubi Zu'bi Zoabi Al-Zo'bi Zoubi
المصري | Al-Masri Masri El-Masry Almisri
العمري | Al-Omari Omari Alumari Omary
الأسعد | Al-Asaad Alasad El-Assaad
الأشقر | Al-Ashqar Achkar Ashkar Aschkar
الأسود | Al-Aswad Aswad Alasouad
الأبرش | Al-Abrash Abrach Abrash
الأطرش | Al-Atrash Atrach Atrash El-Atrache
الأعرج | Al-Araj Aaraj Alarag
البغدادي | Al-Baghdadi Bagdadi Baghdady
البكري | Al-Bakri Bakri Albakry Bekri
البني | Al-Bunni Bounni Bouni
التركي | Al-Turki Turki Atturky Tourki
الجابري | Al-Jabri Jabiri Djabri Gabri
الجاسم | Al-Jassem Jasim Aljasem El-Jassim
الجندي | Al-Jundi Joundi Gendy Jondi
الحافظ | Al-Hafez Hafiz Hafez Alhafiz
الحاج | Al-Hajj Haj El-Hage Alhaj
الحريري | Al-Hariri Hariri Alhariry
الحكيم | Al-Hakim Hakeem Alhakim
الحمد | Al-Hamad Hamad Alhamd
الحمود | Al-Hammoud Hamoud Alhammud
الحميدي | Al-Hamidi Homaidi Hmeidi
الخالد | Al-Khaled Alkhalid Khaled
الخلف | Al-Khalaf Alkhalaf Khalaf
الخليل | Al-Khalil Khaleel Alkhalil
الخوري | Al-Khoury Khouri Khuri Koury
الداود | Al-Dawood Daoud Addaoud
الدالاتي | Al-Dalati Dalaty Dalati
الدباغ | Al-Dabbagh Dabagh Addabbagh
الدرويش | Al-Darwish Darwich Derwish Darwisch
الديب | Al-Deeb Dib Addib Eldib
الراعي | Al-Raii Rai Ar-Ra'i
الرفاعي | Al-Rifai Refai Rifaai Rifa'i
الرشيد | Al-Rashid Rachid Arrasheed
الرمضان | Al-Ramadan Ramadan Arramadan
الزين | Al-Zein Zain Azzayn Zayn
الزهراوي | Al-Zahrawi Zahraoui Zahrawy
السالم | Al-Salem Salim Assalem
السباعي | Al-Sibai Sebai Siba'i Soubai
السعدي | Al-Saadi Saadi Assa'di
السعيد | Al-Saeed Said Assaid
السلوم | Al-Salloum Saloum Assalloum
السليمان | Al-Suleiman Sleiman Assulaiman
السيد | Al-Sayed Sayyid Elsayed Assaid
الشعار | Al-Shaar Chaar Ash-Sha'ar
الشهابي | Al-Shihabi Chehabi Shihaby
الشريف | Al-Sharif Cherif Ashsharif
الصالح | Al-Saleh Salih Assaleh
الصباح | Al-Sabah Sabah Assabah
الصفدي | Al-Safadi Safady Assafadi
الصوفي | Al-Sufi Soufi Assoufi
الطباع | Al-Tabbaa Tabbah Tabaa
الطويل | Al-Tawil Tawil Attaweel Touil
الطيار | Al-Tayyar Tayar Attayyar
العابد | Al-Abed Abid Elabed
العاني | Al-Ani Aani Alany
العباس | Al-Abbas Abbas Alabas
العبد الله | Al-Abdullah Alabdallah Abdulla
العثمان | Al-Othman Osman Alothman
العجيلي | Al-Ujaili Ojeili Ujayli
العزام | Al-Azzam Azam Alazzam
العساف | Al-Assaf Assaf Alassaf
العظم | Al-Azm Azem Aladhm
العقاد | Al-Akkad Aqqad Akad
العمر | Al-Omar Alomar Umar
العيسى | Al-Issa Eissa Alissa Isa
الغزالي | Al-Ghazali Gazali Ghazzali
الغزاوي | Al-Ghazzawi Gazzawi Ghazaoui
الفارس | Al-Fares Faris Alfares
الفاعور | Al-Faour Faour Fa'our
القادري | Al-Qadri Kadiri Qadiri Kadri
القاسم | Al-Qassem Kassim Alkasem
القباني | Al-Qabbani Kabbani Qabani
القدسي | Al-Qudsi Kudsi Koudsi
القوتلي | Al-Quwatli Kouatly Quatli
الكردي | Al-Kurdi Kurdi Kourdi Alkordi
الكيالي | Al-Kayyali Kayali Kayaly
اللحام | Al-Lahham Laham Lahham
المالكي | Al-Malki Maliki Maleki
المبارك | Al-Mubarak Moubarak Mobarak
المدني | Al-Madani Madany Medeni
المرعي | Al-Merhi Mer'i Maraai
المصطفى | Al-Mustafa Moustafa Almostafa
المعري | Al-Maarri Maari Ma'arri
الموسى | Al-Mousa Musa Almoussa
الميداني | Al-Midani Maydani Meidani
النابلسي | Al-Nabulsi Nabulsi Naboulsi
الناصر | Al-Nasser Nasir Annaser
النعسان | Al-Naasan Na'san Nassan
النعيمي | Al-Nuaimi Naimi Noaimi Nueimi
الهادي | Al-Hadi Hady Alhadi
الهاشمي | Al-Hashimi Hachemi Hashemi
الهندي | Al-Hindi Hindi Hindy
الوزير | Al-Wazir Wazeer Elwazir
اليوسف | Al-Yousef Yusuf Alyoussef
الياسين | Al-Yassin Yaseen Alyasin
أبو زيد | Abu-Zaid Abou-Zeid Abuzayd
أبو حمدان | Abu-Hamdan Abou-Hamdan Abuhamdan
أبو فخر | Abu-Fakhr Abou-Fakher Abufakhr
أبو عساف | Abu-Assaf Abou-Assaf Abuassaf
أبو شعر | Abu-Shaar Abou-Chaar Abushaar
أبو خليل | Abu-Khalil Abou-Khalil Abukhalil
أبو سمرة | Abu-Samra Abou-Samra Abusamra
أتاسي | Atassi Atasi Attassi
إدلبي | Idlibi Edelby Idilbi
أرسلان | Arslan Arsalan Erslan
أيوبي | Ayoubi Ayyubi Ayubi
بدوي | Badawi Bedaoui Badaoui
برازي | Barazi Baraazi Berazi
بركات | Barakat Baraket Berekat
بزي | Bazzi Bezzi Bazi
بشور | Bashour Bachour Bashur
بطيخ | Battikh Batikh Bettich
بكداش | Bakdash Bekdash Bagdash
بيرقدار | Bayrakdar Beirakdar Bairaqdar
ترك | Turk Tourk Turc
تللو | Tello Tillo Tallou
تميم | Tamim Tameem Temim
جبارة | Jabbara Jebara Jabara
جبر | Jabr Jaber Jebr
جبور | Jabbour Jabour Djabbour
جركس | Jarkas Charkas Cherkes
جمعة | Jumaa Joumaa Juma Gomaa
حاتم | Hatem Hatim
حبيب | Habib Habeeb Habibe
حجازي | Hijazi Hegazi Hidjazi
حديدي | Hadidi Hadeedi Hadidy
حرب | Harb Herb
حسون | Hassoun Hassun Hasson
حلاوة | Halawa Halaweh Halaoua
حمدان | Hamdan Hemdan Hamdane
حمدو | Hamdo Hamdou Hemdo
حمشو | Hamsho Hamcho Hamshou
حنون | Hannoun Hanoun Hanun
حيدر | Haidar Haydar Heider
خربوطلي | Kharboutli Kharbutly Harputlu
خضور | Khaddour Khadour Khuddur
خطاب | Khattab Katab Khatab
خميس | Khamis Khamees Chamis
خير الله | Khairallah Kheirallah Khayrallah
دقاق | Daqqaq Dakkak Dakak
دلول | Dalloul Daloul
دياب | Diab Diyab Dyab
ديوب | Dayoub Dayyoub Deyoub
رستم | Rustom Roustom Rostam
رسلان | Raslan Reslan Raslane
رمو | Rammo Remmo Ramo
زريق | Zureik Zreik Zuraiq
زيتون | Zaitoun Zeitoun Zeytun
زيدان | Zaidan Zeidan Zidane
سرحان | Sarhan Serhan Sirhan
سعد الدين | Saad-al-Din Saadeddine Saaduddin
سكاف | Skaf Iskaf Eskaf
سلامة | Salama Salameh Selame
سليق | Sliq Sleik Slek
سويد | Suwaid Soueid Sweid
شاهين | Shahin Chahine Sahin Shaheen
شحادة | Shehadeh Chehade Shihada Shahada
شحود | Shahoud Chahoud Shuhud
شرف | Sharaf Charaf Scharaf
شعبان | Shaaban Chaaban Saban
شلبي | Shalabi Chalabi Celebi
شمس | Shams Chams Schams
شمعون | Shamoun Chamoun Shimon
شنو | Shanno Cheno Sheno
شيخو | Sheikho Cheikho Shekho
صابوني | Sabouni Sabuni Sabony
صقر | Saqr Sakr Saker
صليبا | Saliba Saleeba Sliba
طراد | Trad Tarrad Tirad
طعمة | Tohme Tu'ma Taameh
طلاس | Tlass Tlas Talass
طنوس | Tannous Tanous Tannus
عابدين | Abdin Abideen Abidine
عامر | Amer Amir Aamer
عبارة | Abbara Abara
عبود | Abboud Aboud Abbud
عجاج | Ajjaj Ajaj Agag
عدي | Uday Oday Adi
عرفة | Arafa Arafeh Arafah
عرنوس | Arnous Arnus Arnoos
عزيز | Aziz Azeez
عساف | Assaf Asaf Assafe
عطا الله | Atallah Attallah Ataullah
عفيف | Afif Afeef
عكاش | Akkash Akach Okash
علوش | Alloush Alouche Aloush
عنتر | Antar Anter Antara
عواد | Awad Aouad Awwad
عويد | Uwaid Oueid Owayed
عيد | Eid Id Aid
غانم | Ghanem Ganim Ghanim
غريب | Gharib Garib Ghareeb
غزال | Ghazal Gazal Ghazel
غنوم | Ghannoum Gannoum Ghanoum
فاضل | Fadel Fadil Fazil
فرحات | Farhat Ferhat Farahat
فرج | Faraj Farag Feredj
فياض | Fayyad Fayad Faiad
قباقيبي | Qabaqibi Kabakibi Qabaqebi
قدور | Qaddour Kaddour Kadour
قره جولي | Qarajoli Karadjoli Karacholi
قطان | Qattan Kattan Katan
قنبر | Qanbar Kanbar Kambar
قواص | Qawwas Kawas Kaouas
كبة | Kubba Koubba Kobba
كحالة | Kahhala Kahaleh Kahala
كرم | Karam Keram
كنعان | Kanaan Kenan Canaan
كوسا | Kousa Cusa Kosa
كيال | Kayyal Kayal Keyal
لطفي | Lutfi Lotfi Loutfi
محفوض | Mahfoud Mahfouz Mahfud
محيميد | Muhaimid Mheimid Mohaimeed
مخلوف | Makhlouf Machluf Mahluf
مراد | Murad Mourad Morad
مرعي | Merhi Marei Mer'i
مسعود | Masoud Messaoud Mesud
مشعل | Mashal Mechaal Mish'al
معروف | Maarouf Ma'ruf Maruf
مقداد | Miqdad Mekdad Mokdad
ملحم | Milhem Melhem Mulhim
منصور | Mansour Mansur Mensur
مهنا | Muhanna Mhanna Mohanna
ميا | Mayya Maia Meyya
نحاس | Nahhas Nahas Nahhass
نصار | Nassar Nasar Nessar
نصر الله | Nasrallah Nasralla Nasrullah
نعمة | Nehme Ni'ma Naame
نوفل | Nawfal Naufal Nofal
هلال | Hilal Helal Hlal
هواري | Hawari Houari Hawary
وهبة | Wehbe Wahba Wahbeh
ونوس | Wannous Wanous Ouannous
يازجي | Yazigi Yazji Yaziji
يونس | Younes Yunus Yunis
بوظان | Bozan Buzan Bouzan
مسلم | Muslim Moslem Mouslem
عثمان | Othman Osman Uthman
شيخموس | Sheikhmous Sexmus Shekhmus
حاجي | Haji Hadji Haci
درويش | Darwish Derwich Dervish
عليكو | Aliko Alico Eliko
رشو | Rasho Racho Resho
جان | Jan Can Djan
بهلوان | Bahlawan Pehlivan Bahlouan
جلبي | Jalabi Chelebi Djelebi
قصاص | Qassas Kassas Kasas
سنقر | Sunqur Sounkor Sonkur
صيداوي | Saidawi Saydaoui Sidawi
طرابلسي | Trabulsi Traboulsi Tarabulsi
بيروتي | Bayrouti Beiruti Beyrouthy
تدمري | Tadmuri Tadmori Tedmori
سلموني | Salamouni Salmuni Selmouni
جبلاوي | Jablawi Jeblaoui Gablawi
طرطوسي | Tartousi Tartusi Tartoussi
لاذقاني | Ladhqani Lazkani Ladkani
حارمي | Harmi Haremi Harimi
عفريني | Afrini Efrini Afriny
كوباني | Kobani Koubani Kobane
رقاوي | Raqqawi Rakkaoui Raqawi
""".strip()

# What people are called, and how the name is shortened: Arabic | what is written instead.
SHORT = """
محمد | Mhd Mohd Md Moh'd Mhmd Muhd M7md
محمد | Hamoudi Hammoudeh Hamada Hammoudi حمودة حمودي حمادة
عبد الله | Abboud Abdo Aboudi عبود عبدو
عبد الرحمن | Abboud Abdo Aboudi Abd-Rahman عبود
خالد | Khalloud Khaloud خلود
إبراهيم | Barhoum Brahim Ibr برهوم
علي | Alloush Allawi علوش علاوي
حسن | Hassoun Hassouneh Hsn حسون حسونة
سليمان | Salloum Sloum سلوم
سليم | Salloum سلوم
سمير | Sammour Samour سمور
كريم | Karroum كروم
عمر | Ammoura Ammour عمور
زكريا | Zakkour Zakour زكور
فاطمة | Fattoum Fattouma Fatoum فطوم فطومة
مريم | Maryouma Mariouma مريومة
عائشة | Ayyouch Ayoush عيوش
خديجة | Khaddouj Khadouj خدوج
زينب | Zannoub Zannouba زنوب زنوبة
مصطفى | Sattouf Mstf Safi ستوف
قاسم | Qassoum Kassoum قسوم
جاسم | Jassoum جسوم
وليد | Walloud ولود
رشيد | Rashoud رشود
جمال | Jammoul جمول
""".strip()


def table(text: str) -> list[tuple[str, list[str]]]:
    """(Arabic, Latin spellings) of each line."""
    rows = (line.split("|") for line in text.splitlines())
    return [(arabic.strip(), latin.split()) for arabic, latin in rows]
