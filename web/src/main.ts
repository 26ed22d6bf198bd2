import './ahead.ts';
import urql from '@urql/vue';
import { createApp } from 'vue';
import App from './App.vue';
import { client } from './graphql/client.ts';
import { createAppRouter } from './router.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/app.css';

createApp(App).use(urql, client).use(createAppRouter()).mount('#app');
